import { useState } from "react";

import { Button } from "@/components/ui/button";
import { useProblemText } from "@/components/ui/problem-text";
import { useMessages } from "@/lib/i18n";

import { DeveloperNotice } from "./DeveloperNotice";
import { developerMessages } from "./developer-messages";
import { enterAsDeveloper } from "./entrance";
import { FormProblem } from "./FormProblem";

/** In without a password, as the user whom the settings name. */
export function DeveloperEntrance({ email }: { email: string }) {
  const t = useMessages(developerMessages);
  const say = useProblemText();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");

  async function enter() {
    setBusy(true);
    setProblem("");
    try {
      await enterAsDeveloper();
    } catch (error) {
      setProblem(say(error));
      setBusy(false);
    }
  }

  return (
    <div className="mt-6 grid gap-3">
      <DeveloperNotice className="rounded-lg" />
      <FormProblem text={problem} />
      <Button variant="secondary" className="h-auto min-h-10 w-full break-all py-2" busy={busy} onClick={enter}>
        {t("developerEnter", { email })}
      </Button>
    </div>
  );
}
