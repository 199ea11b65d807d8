"use client";

import { useState } from "react";

import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { useProblemText } from "@/components/ui/problem-text";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import type { Schemas } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";

import { useRegions } from "../queries";
import { messages } from "./messages";
import { useUpdateScimSettings } from "./queries";

/** What a directory may do beyond its own people; each is saved as soon as it is changed. */
export function Rules({ settings }: { settings: Schemas["ScimSettingsView"] }) {
  const t = useMessages(messages);
  const say = useProblemText();
  const update = useUpdateScimSettings();
  const regions = useRegions();

  // What was just chosen is shown while it is on its way.
  const [chosen, setChosen] = useState<Schemas["ScimSettingsChange"]>({});
  const shown = { ...settings, ...chosen };

  function save(change: Schemas["ScimSettingsChange"]) {
    setChosen(change);
    update.mutate(change, {
      onSettled: () => setChosen({}),
      onSuccess: () => toast({ title: t("rulesSaved"), tone: "success" }),
      onError: (problem) => toast({ title: say(problem), tone: "danger" }),
    });
  }
  return (
    <section className="grid gap-3">
      <h3 className="font-medium">{t("rules")}</h3>
      <Checkbox
        label={t("takeOver")}
        hint={t("takeOverHint")}
        checked={shown.take_over_accounts ?? false}
        onCheckedChange={(take_over_accounts) => save({ take_over_accounts })}
      />
      <Field label={t("region")} className="max-w-md">
        <Select
          value={shown.new_departments_region_id ?? ""}
          onChange={(event) => save({ new_departments_region_id: event.target.value || null })}
        >
          <option value="">{t("regionNone")}</option>
          {regions.items.map((region) => (
            <option key={region.id} value={region.id}>
              {t("regionIn", { region: region.name })}
            </option>
          ))}
        </Select>
      </Field>
    </section>
  );
}
