import { File, FileCode, FileSpreadsheet, FileText, Image, type LucideIcon, Mail, Presentation } from "lucide-react";

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
  { type: "application/vnd.ms-outlook", name: "Outlook", icon: Mail },
  { type: "application/msword", name: "Word 97 (DOC)", icon: FileText },
  { type: "application/vnd.ms-powerpoint", name: "PowerPoint 97 (PPT)", icon: Presentation },
  { type: "application/vnd.ms-excel", name: "Excel 97 (XLS)", icon: FileSpreadsheet },
  { type: "application/rtf", name: "RTF", icon: FileText },
  { type: "application/vnd.oasis.opendocument.text", name: "ODT", icon: FileText },
  { type: "application/vnd.oasis.opendocument.presentation", name: "ODP", icon: Presentation },
  { type: "application/vnd.oasis.opendocument.spreadsheet", name: "ODS", icon: FileSpreadsheet },
  { type: "image/png", name: "PNG", icon: Image },
  { type: "image/jpeg", name: "JPEG", icon: Image },
  { type: "image/tiff", name: "TIFF", icon: Image },
  { type: "image/webp", name: "WebP", icon: Image },
  { type: "image/bmp", name: "BMP", icon: Image },
  { type: "image/gif", name: "GIF", icon: Image },
  { type: "image/avif", name: "AVIF", icon: Image },
  { type: "image/heic", name: "HEIC", icon: Image },
];

export function iconOf(mediaType: string): LucideIcon {
  return MEDIA_TYPES.find((one) => one.type === mediaType)?.icon ?? File;
}
