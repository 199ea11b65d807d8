"use client";

import type { RefObject } from "react";

import type { Schemas } from "@/lib/api/client";

export type Box = Schemas["BoxOut"];

interface MarksProps {
  boxes: readonly Box[];
  /** Takes the first of the boxes. */
  markRef: RefObject<HTMLDivElement | null> | undefined;
}

/** The cited lines, over the picture of their page. */
export function Marks({ boxes, markRef }: MarksProps) {
  return boxes.map((box, index) => (
    <div
      key={`${box.left} ${box.top}`}
      ref={index === 0 ? markRef : undefined}
      data-mark
      aria-hidden
      className="absolute rounded-[2px] bg-[#ffd84d]/60 shadow-[0_0_0_1.5px_rgb(255_216_77/0.6)] outline-2 outline-transparent mix-blend-multiply"
      style={{
        left: `${box.left * 100}%`,
        top: `${box.top * 100}%`,
        width: `${(box.right - box.left) * 100}%`,
        height: `${(box.bottom - box.top) * 100}%`,
      }}
    />
  ));
}
