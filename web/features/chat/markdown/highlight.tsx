import { common, createLowlight } from "lowlight";
import type { ReactNode } from "react";

const lowlight = createLowlight(common);

interface Piece {
  type: string;
  value?: string;
  properties?: { className?: string[] };
  children?: Piece[];
}

/** Code as coloured elements; as plain text in a language that is not known. Loaded with the first block of code. */
export function highlight(code: string, language: string): ReactNode {
  if (!lowlight.registered(language)) return code;
  return render(lowlight.highlight(language, code) as Piece);
}

function render(piece: Piece, key?: number): ReactNode {
  if (piece.type === "text") return piece.value;
  const children = piece.children?.map(render);
  if (piece.type !== "element") return children;
  return (
    <span key={key} className={piece.properties?.className?.join(" ")}>
      {children}
    </span>
  );
}
