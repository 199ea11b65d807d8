"use client";

import { Download } from "lucide-react";

import { IconButton } from "@/components/ui/icon-button";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/components/ui/menu";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { useLanguage, useMessages } from "@/lib/i18n";

import { messages } from "./messages";
import { download } from "./queries";

export const FORMATS = [
  ["markdown", "md", "exportMarkdown"],
  ["docx", "docx", "exportDocx"],
  ["pdf", "pdf", "exportPdf"],
  ["json", "json", "exportJson"],
] as const;
type Format = (typeof FORMATS)[number];

/** Has the server write the file, and says why when it cannot. */
export function useExport(path: string, title: string) {
  const say = useProblemText();
  const language = useLanguage((chosen) => chosen.language);
  return async ([format, ending]: Format) => {
    try {
      await download(`${path}?format=${format}&language=${language}`, `${title.slice(0, 80)}.${ending}`);
    } catch (problem) {
      toast({ title: say(problem), tone: "danger" });
    }
  };
}

/** An answer as a file, with its sources. */
export function ExportMenu({ messageId, title }: { messageId: string; title: string }) {
  const t = useMessages(messages);
  const save = useExport(`/api/messages/${messageId}/export`, title);
  return (
    <DropdownMenu>
      <DropdownMenuTrigger>
        <IconButton label={t("exportAnswer")} icon={Download} />
      </DropdownMenuTrigger>
      <DropdownMenuContent>
        {FORMATS.map((format) => (
          <DropdownMenuItem key={format[0]} icon={Download} onSelect={() => void save(format)}>
            {t(format[2])}
          </DropdownMenuItem>
        ))}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
