"use client";

import { useState } from "react";

import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { DeleteDialog } from "../DeleteDialog";
import { messages as common } from "../messages";
import { NameDialog } from "../NameDialog";
import {
  type Department,
  type Region,
  useCreateDepartment,
  useCreateRegion,
  useDeleteDepartment,
  useDeleteRegion,
  useRenameRegion,
  useUpdateDepartment,
} from "../queries";
import { messages } from "./messages";

/** What is being done. */
export type Act =
  | { kind: "create-region" }
  | { kind: "rename-region" | "delete-region" | "create-department"; region: Region }
  | { kind: "edit-department" | "delete-department"; department: Department; region: Region };

interface OrganisationDialogsProps {
  act: Act;
  regions: readonly Region[];
  onClose: () => void;
}

export function OrganisationDialogs({ act, regions, onClose }: OrganisationDialogsProps) {
  switch (act.kind) {
    case "create-region":
      return <RegionName onClose={onClose} />;
    case "rename-region":
      return <RegionName region={act.region} onClose={onClose} />;
    case "delete-region":
      return <RegionGone region={act.region} onClose={onClose} />;
    case "create-department":
      return <DepartmentForm region={act.region} regions={regions} onClose={onClose} />;
    case "edit-department":
      return <DepartmentForm region={act.region} department={act.department} regions={regions} onClose={onClose} />;
    default:
      return <DepartmentGone department={act.department} region={act.region} onClose={onClose} />;
  }
}

function RegionName({ region, onClose }: { region?: Region; onClose: () => void }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const create = useCreateRegion();
  const rename = useRenameRegion();
  return (
    <NameDialog
      title={region ? t("renameRegion", { name: region.name }) : t("newRegionTitle")}
      name={region?.name}
      onSave={async (name) => {
        await (region ? rename.mutateAsync({ id: region.id, name }) : create.mutateAsync(name));
        toast({ title: c("saved", { name }), tone: "success" });
      }}
      onClose={onClose}
    />
  );
}

function RegionGone({ region, onClose }: { region: Region; onClose: () => void }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const remove = useDeleteRegion();
  const inUse = region.departments > 0;
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={c("deleteTitle", { name: region.name })}
      description={inUse ? t("regionInUse", { count: region.departments }) : t("regionText")}
      confirm={c("delete")}
      danger
      disabled={inUse}
      onConfirm={async () => {
        await remove.mutateAsync(region.id);
        toast({ title: c("deleted", { name: region.name }), tone: "success" });
      }}
    />
  );
}

interface DepartmentFormProps {
  region: Region;
  department?: Department;
  regions: readonly Region[];
  onClose: () => void;
}

function DepartmentForm({ region, department, regions, onClose }: DepartmentFormProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const create = useCreateDepartment();
  const update = useUpdateDepartment();
  const [regionId, setRegionId] = useState(region.id);
  return (
    <NameDialog
      title={
        department ? t("editDepartment", { name: department.name }) : t("newDepartmentTitle", { region: region.name })
      }
      name={department?.name}
      onSave={async (name) => {
        if (department) await update.mutateAsync({ id: department.id, name, region_id: regionId });
        else await create.mutateAsync({ name, region_id: region.id });
        toast({ title: c("saved", { name }), tone: "success" });
      }}
      onClose={onClose}
    >
      {department && (
        <Field label={t("region")}>
          <Select value={regionId} onChange={(event) => setRegionId(event.target.value)}>
            {regions.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </Select>
        </Field>
      )}
    </NameDialog>
  );
}

interface DepartmentGoneProps {
  department: Department;
  region: Region;
  onClose: () => void;
}

function DepartmentGone({ department, region, onClose }: DepartmentGoneProps) {
  const remove = useDeleteDepartment();
  return (
    <DeleteDialog
      kind="department"
      id={department.id}
      name={`${region.name} / ${department.name}`}
      onDelete={() => remove.mutateAsync(department.id)}
      onClose={onClose}
    />
  );
}
