/** The shortest password the server takes. */
export const MIN_LENGTH = 10;

export type Strength = { level: "empty" } | { level: "short"; missing: number } | { level: "fair" | "good" };

/** A hint while typing; the server decides. Length counts most: rules of composition make passwords worse. */
export function strengthOf(password: string): Strength {
  const length = [...password].length;
  if (length === 0) return { level: "empty" };
  if (length < MIN_LENGTH) return { level: "short", missing: MIN_LENGTH - length };
  const different = new Set(password.toLowerCase()).size;
  return { level: length >= 14 && different >= 8 ? "good" : "fair" };
}
