"use client";

import type { ReactNode } from "react";

import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { Part } from "../Listing";
import { messages } from "./messages";
import type { Diagnostics } from "./queries";

/** What the installation stands on in figures, and its jobs by kind. */
export function Figures({ found }: { found: Diagnostics }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const { database, index, disk, queues, versions } = found;
  return (
    <>
      <Part title={t("figures")} lead={t("figuresLead")}>
        <dl className="grid gap-x-8 gap-y-4 sm:grid-cols-2 lg:grid-cols-4">
          <Figure name={t("database")} value={`${database.kind} ${database.version}`}>
            {formats.bytes(database.size)} · {t("answers", { ms: formats.number(database.milliseconds) })}
          </Figure>
          <Figure name={t("index")} value={index.engine}>
            {t("held", { documents: formats.number(index.documents), chunks: formats.number(index.chunks) })} ·{" "}
            {t("memory", { size: formats.bytes(index.memory) })}
          </Figure>
          <Figure name={t("model")} value={index.embedding_model} />
          <Figure
            name={t("disk")}
            value={t("free", { free: formats.bytes(disk.free), total: formats.bytes(disk.total) })}
          >
            {t("originals", { size: formats.bytes(disk.originals), cache: formats.bytes(disk.cache) })}
          </Figure>
          <div className="sm:col-span-2 lg:col-span-4">
            <dt className="text-muted text-sm">{t("versions")}</dt>
            <dd className="text-sm">{versions.map(({ name, version }) => `${name} ${version}`).join(" · ")}</dd>
          </div>
        </dl>
      </Part>
      {queues.length > 0 && (
        <div className="min-w-0 rounded-xl border border-line bg-raised p-4 sm:p-5">
          <h2 className="mb-2 font-semibold text-lg">{t("queues")}</h2>
          <Table label={t("queues")}>
            <TableHeader>
              <TableRow>
                {(["kind", "queued", "running", "failed", "oldest"] as const).map((name) => (
                  <TableHead key={name}>{t(name)}</TableHead>
                ))}
              </TableRow>
            </TableHeader>
            <TableBody>
              {queues.map((queue) => (
                <TableRow key={queue.kind}>
                  <TableCell className="font-mono text-xs">{queue.kind}</TableCell>
                  <TableCell>{formats.number(queue.queued)}</TableCell>
                  <TableCell>{formats.number(queue.running)}</TableCell>
                  <TableCell className={queue.failed ? "font-medium text-danger" : ""}>
                    {formats.number(queue.failed)}
                  </TableCell>
                  <TableCell>{queue.oldest_due ? formats.ago(queue.oldest_due) : "–"}</TableCell>
                </TableRow>
              ))}
            </TableBody>
          </Table>
        </div>
      )}
    </>
  );
}

function Figure({ name, value, children }: { name: string; value: string; children?: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted text-sm">{name}</dt>
      <dd className="font-medium [overflow-wrap:anywhere]">{value}</dd>
      {children && <dd className="text-muted text-sm">{children}</dd>}
    </div>
  );
}
