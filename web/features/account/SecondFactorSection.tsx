"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { ErrorState } from "@/components/ui/error-state";
import { Field } from "@/components/ui/field";
import { useProblemText } from "@/components/ui/problem-text";
import { Skeleton } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { api, Problem, unwrap } from "@/lib/api/client";
import { useMessages } from "@/lib/i18n";
import { useFormats } from "@/lib/i18n/format";

import { EnrolmentForm } from "./EnrolmentForm";
import type { Enrolment } from "./entrance";
import { FormProblem } from "./FormProblem";
import { useForm } from "./form";
import { PasswordInput } from "./PasswordInput";
import { RecoveryCodes } from "./RecoveryCodes";
import { Section } from "./Section";
import { stepMessages } from "./step-messages";

const KEY = ["me", "second-factor"] as const;

type Task = "set-up" | "codes" | "off";

export function SecondFactorSection() {
  const t = useMessages(stepMessages);
  const { date } = useFormats();
  const factor = useQuery({ queryKey: KEY, queryFn: () => unwrap(api.GET("/api/me/second-factor")) });
  const [task, setTask] = useState<Task | null>(null);
  const data = factor.data;
  return (
    <Section title={t("secondFactor")} hint={t("secondFactorHint")}>
      {factor.isPending && <Skeleton className="h-12" />}
      {factor.isError && <ErrorState problem={factor.error} onRetry={() => void factor.refetch()} />}
      {data && (
        <div className="flex flex-wrap items-center gap-3">
          <div className="min-w-48 flex-1">
            <Badge tone={data.on ? "success" : "neutral"}>{t(data.on ? "on" : "off")}</Badge>
            <p className="mt-1.5 text-muted text-sm">
              {[
                data.confirmed_at ? t("since", { date: date(data.confirmed_at) }) : "",
                data.on ? t("codesLeft", { count: data.recovery_codes_left }) : "",
                data.required ? t("requiredByCompany") : "",
              ]
                .filter(Boolean)
                .join(" · ")}
            </p>
          </div>
          {!data.on && <Button onClick={() => setTask("set-up")}>{t("setUp")}</Button>}
          {data.on && (
            <Button variant="secondary" onClick={() => setTask("codes")}>
              {t("newCodes")}
            </Button>
          )}
          {data.on && !data.required && (
            <Button variant="secondary" onClick={() => setTask("off")}>
              {t("turnOff")}
            </Button>
          )}
        </div>
      )}
      <TaskDialog task={task} onClose={() => setTask(null)} />
    </Section>
  );
}

const TITLES = { "set-up": "secondFactor", codes: "newCodes", off: "turnOffTitle" } as const;
const LEADS = { "set-up": "secondFactorHint", codes: "newCodesLead", off: "turnOffLead" } as const;

/** First the password, then what was asked for. Once codes are shown, only the button that says so leads on. */
function TaskDialog({ task, onClose }: { task: Task | null; onClose: () => void }) {
  const t = useMessages(stepMessages);
  const queries = useQueryClient();
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);

  const close = () => {
    setEnrolment(null);
    setCodes(null);
    onClose();
    void queries.invalidateQueries({ queryKey: KEY });
  };
  const run = async (password: string) => {
    if (task === "set-up") setEnrolment(await unwrap(api.POST("/api/me/second-factor", { body: { password } })));
    if (task === "codes")
      setCodes((await unwrap(api.POST("/api/me/second-factor/recovery-codes", { body: { password } }))).recovery_codes);
    if (task === "off") {
      await unwrap(api.POST("/api/me/second-factor/off", { body: { password } }));
      toast({ title: t("turnedOff"), tone: "success" });
      close();
    }
  };
  const confirm = async (code: string) => {
    setCodes((await unwrap(api.POST("/api/me/second-factor/confirm", { body: { code } }))).recovery_codes);
    toast({ title: t("turnedOn"), tone: "success" });
  };

  return (
    <Dialog
      open={task !== null}
      onOpenChange={close}
      dismissible={codes === null}
      title={t(TITLES[task ?? "set-up"])}
      description={codes || enrolment ? undefined : t(LEADS[task ?? "set-up"])}
      className="max-w-md"
    >
      {codes ? (
        <RecoveryCodes codes={codes} onDone={close} />
      ) : enrolment ? (
        <EnrolmentForm enrolment={enrolment} onConfirm={confirm} />
      ) : (
        <PasswordStep action={t(task === "off" ? "turnOff" : "continue")} onPassword={run} />
      )}
    </Dialog>
  );
}

function PasswordStep({ action, onPassword }: { action: string; onPassword: (password: string) => Promise<void> }) {
  const t = useMessages(stepMessages);
  const say = useProblemText();
  const { errors, busy, form } = useForm<"password">({
    check: ({ password }) => ({ password: password ? "" : t("enterPassword") }),
    send: ({ password }) => onPassword(password),
    explain: (problem) => {
      const wrong = problem instanceof Problem && problem.code === "wrong-password";
      return wrong ? { password: say(problem) } : { form: say(problem) };
    },
  });
  return (
    <form {...form} className="grid gap-4">
      <Field label={t("password")} error={errors.password}>
        <PasswordInput name="password" autoComplete="current-password" maxLength={256} data-autofocus="" />
      </Field>
      <FormProblem text={errors.form} />
      <Button type="submit" busy={busy}>
        {action}
      </Button>
    </form>
  );
}
