"use client";

import { createElement } from "react";

import { cn } from "@/lib/cn";
import { useMessages } from "@/lib/i18n";

import type { Block, Code, Fields, List } from "./blocks";
import { messages } from "./messages";
import { Shown, useShowing } from "./Shown";
import { TableBlock } from "./TableBlock";

const HEADINGS = ["text-xl leading-snug", "text-lg leading-snug", "text-base", "text-base", "text-sm", "text-sm"];

export function Blocks({ blocks }: { blocks: readonly Block[] }) {
  return blocks.map((block) => <OneBlock key={block.at} block={block} />);
}

function OneBlock({ block }: { block: Block }) {
  const { slice } = useShowing();
  const at = slice.character(block.at);
  switch (block.kind) {
    case "heading":
      return <HeadingBlock block={block} at={at} />;
    case "paragraph": {
      const isNote = slice.text.startsWith("Notes: ", block.at);
      return (
        <p
          data-at={at}
          className={cn("my-3 first:mt-0 last:mb-0", isNote && "border-line border-t pt-3 text-muted text-sm")}
        >
          {block.lines.map((line, number) => (
            <span key={line[0]?.start ?? number} className="[&:not(:last-child)]:block">
              <Shown runs={line} />
            </span>
          ))}
        </p>
      );
    }
    case "list":
      return <ListBlock list={block} at={at} />;
    case "quote":
      return (
        <blockquote data-at={at} className="my-4 border-accent border-s-2 ps-4 text-muted">
          <Blocks blocks={block.blocks} />
        </blockquote>
      );
    case "code":
      return <CodeBlock code={block} />;
    case "table":
      return <TableBlock table={block} />;
    case "fields":
      return <FieldsBlock fields={block} at={at} />;
    case "rule":
      return <hr data-at={at} className="my-6 border-line" />;
  }
}

function HeadingBlock({ block, at }: { block: Extract<Block, { kind: "heading" }>; at: number }) {
  const { levels } = useShowing();
  const level = levels.get(block) ?? 3;
  const className = cn("mt-7 mb-2 font-semibold text-balance first:mt-0", HEADINGS[level - 3]);
  return createElement(`h${level}`, { "data-at": at, className }, <Shown runs={block.runs} />);
}

const STEPS = ["", "ms-6", "ms-12", "ms-18", "ms-24", "ms-30"];

function ListBlock({ list, at }: { list: List; at: number }) {
  const { slice } = useShowing();
  return (
    // biome-ignore lint/a11y/noRedundantRoles: a list without its marks is none to some readers
    <ul role="list" data-at={at} className="my-3 space-y-1.5 first:mt-0 last:mb-0 [li_&]:my-1.5">
      {list.items.map((item) => (
        <li
          key={item.at}
          data-at={slice.character(item.at)}
          className={cn("flex gap-2.5", STEPS[Math.min(item.depth, STEPS.length - 1)])}
        >
          <span className="min-w-3 shrink-0 text-muted tabular-nums">
            {item.mark ? <Shown runs={[item.mark]} /> : <span aria-hidden className="before:content-['•']" />}
          </span>
          <div className="min-w-0 flex-1">
            <Blocks blocks={item.blocks} />
          </div>
        </li>
      ))}
    </ul>
  );
}

function CodeBlock({ code }: { code: Code }) {
  const t = useMessages(messages);
  const { slice, numbers } = useShowing();
  const isCounted = code.first !== undefined;
  return (
    <div data-at={slice.character(code.at)} className="my-4 overflow-hidden rounded-lg border border-line first:mt-0">
      {code.info && (
        <p className="border-line border-b bg-sunken px-3 py-1 font-mono text-muted text-xs">
          <Shown runs={[code.info]} />
        </p>
      )}
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        tabIndex={0}
        aria-label={t("code", { number: numbers.get(code) ?? 1 })}
        className="overflow-x-auto bg-sunken py-2 font-mono text-[0.8125rem] leading-6 focus-visible:-outline-offset-2"
      >
        <div className="w-max min-w-full">
          {code.lines.map((line, number) => (
            <div key={line.start} data-at={slice.character(line.start)} className="flex min-h-6">
              {isCounted && (
                <span
                  aria-hidden
                  className="sticky start-0 w-13 shrink-0 select-none bg-sunken pe-4 text-right text-muted tabular-nums"
                >
                  {(code.first ?? 1) + number}
                </span>
              )}
              <code className={cn("whitespace-pre pe-4", isCounted ? "ps-1" : "ps-3")}>
                <Shown runs={line.end > line.start ? [line] : []} />
              </code>
            </div>
          ))}
        </div>
      </section>
    </div>
  );
}

function FieldsBlock({ fields, at }: { fields: Fields; at: number }) {
  const { slice } = useShowing();
  return (
    <dl
      data-at={at}
      className="my-4 grid grid-cols-[minmax(4rem,auto)_1fr] gap-x-5 gap-y-1.5 rounded-lg bg-sunken px-4 py-3 text-sm first:mt-0"
    >
      {fields.fields.map((field) => (
        <div key={field.at} data-at={slice.character(field.at)} className="col-span-2 grid grid-cols-subgrid">
          <dt className="max-w-48 text-muted [overflow-wrap:anywhere]">
            <Shown runs={[field.name]} />
          </dt>
          <dd className="min-w-0 [overflow-wrap:anywhere]">
            <Shown runs={[field.value]} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
