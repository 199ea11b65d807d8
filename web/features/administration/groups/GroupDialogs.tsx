"use client";

import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { DeleteDialog } from "../DeleteDialog";
import { NameDialog } from "../NameDialog";
import { type Group, useCreateGroup, useDeleteGroup, useRenameGroup } from "../queries";
import { messages } from "./messages";
import { sourceOf } from "./source";

/** What is being done. */
export type Act = { kind: "create" } | { kind: "rename" | "delete"; group: Group };

interface GroupDialogsProps {
  act: Act;
  onClose: () => void;
  onDeleted?: () => void;
}

export function GroupDialogs({ act, onClose, onDeleted }: GroupDialogsProps) {
  const t = useMessages(messages);
  const create = useCreateGroup();
  const rename = useRenameGroup();
  const remove = useDeleteGroup();
  if (act.kind === "create") {
    return (
      <NameDialog
        title={t("newTitle")}
        onSave={async (name) => {
          await create.mutateAsync(name);
          toast({ title: t("renamed", { name }), tone: "success" });
        }}
        onClose={onClose}
      />
    );
  }
  const { id, name } = act.group;
  if (act.kind === "rename") {
    return (
      <NameDialog
        title={t("renameTitle", { name })}
        name={name}
        onSave={async (to) => {
          await rename.mutateAsync({ id, name: to });
          toast({ title: t("renamed", { name: to }), tone: "success" });
        }}
        onClose={onClose}
      />
    );
  }
  return (
    <DeleteDialog
      kind="group"
      id={id}
      name={name}
      note={sourceOf(act.group) === "local" ? undefined : t("deleteOutside")}
      onDelete={async () => {
        await remove.mutateAsync(id);
        onDeleted?.();
      }}
      onClose={onClose}
    />
  );
}
