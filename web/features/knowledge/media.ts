import { File, FileCode, FileSpreadsheet, FileText, type LucideIcon, Mail, Presentation } from "lucide-react";

/** The kinds of file that are read, by the names people know them by. */
export const MEDIA_TYPES: readonly { type: string; name: string; icon: LucideIcon }[] = [
  { type: "application/pdf", name: "PDF", icon: FileText },
  { type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", name: "Word", icon: FileText },
  {
    type: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    name: "PowerPoint",
    icon: Presentation,
  },
  {
    type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    name: "Excel",
    icon: FileSpreadsheet,
  },
  { type: "text/csv", name: "CSV", icon: FileSpreadsheet },
  { type: "text/html", name: "HTML", icon: FileCode },
  { type: "text/markdown", name: "Markdown", icon: FileText },
  { type: "text/plain", name: "Text", icon: FileText },
  { type: "message/rfc822", name: "E-mail", icon: Mail },
  { type: "application/json", name: "JSON", icon: FileCode },
  { type: "application/x-ndjson", name: "JSON Lines", icon: FileCode },
];

export function iconOf(mediaType: string): LucideIcon {
  return MEDIA_TYPES.find((one) => one.type === mediaType)?.icon ?? File;
}
