"use client";

import { Plus } from "lucide-react";
import { type FormEvent, useId, useRef, useState } from "react";

import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { FormFooter } from "@/components/ui/form-footer";
import { Input } from "@/components/ui/input";
import { useProblemText } from "@/components/ui/problem-text";
import { toast } from "@/components/ui/toast";
import { useMessages } from "@/lib/i18n";

import { messages as common } from "../messages";
import { messages } from "./messages";
import { PlaceFields } from "./PlaceFields";
import { type Provider, type Route, type Settings, useSetRoute, useUnsetRoute } from "./queries";
import { type Bound, bodyOf, fresh, isWithin, LIMITS, MOST, moved, type Place, placesOf } from "./route";

interface RouteDialogProps {
  route: Route;
  providers: readonly Provider[];
  own: Settings["environment"];
  onClose: () => void;
}

const BOUNDS = [
  ["temperature", "temperature", "temperatureHint"],
  ["max_tokens", "maxTokens", null],
  ["deadline_seconds", "deadline", null],
  ["patience_seconds", "patience", "patienceHint"],
] as const;

/** Who is asked for one purpose, in order, and within which bounds. */
export function RouteDialog({ route, providers, own, onClose }: RouteDialogProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const say = useProblemText();
  const form = useId();
  const save = useSetRoute();
  const unset = useUnsetRoute();
  const next = useRef(MOST);
  const add = useRef<HTMLButtonElement>(null);
  const [places, setPlaces] = useState(() => placesOf(route, providers, own));
  const [bounds, setBounds] = useState<Record<Bound, string>>(() => ({
    temperature: String(route.temperature),
    max_tokens: String(route.max_tokens),
    deadline_seconds: String(route.deadline_seconds),
    patience_seconds: String(route.patience_seconds),
  }));
  const [checked, setChecked] = useState(false);
  const [said, setSaid] = useState("");
  const complete = places.length > 0 && places.every((one) => one.model.trim());
  const problem = save.error ?? unset.error;
  const busy = save.isPending || unset.isPending;
  const purpose = t(`purpose_${route.purpose}`);

  const change = (key: number, changes: Partial<Place>) =>
    setPlaces(places.map((one) => (one.key === key ? { ...one, ...changes } : one)));
  function move(from: number, to: number) {
    if (to < 0 || to >= places.length) return;
    setPlaces(moved(places, from, to));
    // A row that the browser puts elsewhere loses the focus.
    const pressed = document.activeElement;
    requestAnimationFrame(() => pressed instanceof HTMLElement && pressed.focus());
    setSaid(t("moved", { model: places[from]?.model || t("aModel"), number: to + 1 }));
  }
  function take(key: number) {
    setPlaces(places.filter((one) => one.key !== key));
    add.current?.focus();
  }
  async function submit(event: FormEvent) {
    event.preventDefault();
    setChecked(true);
    if (!complete || busy || !BOUNDS.every(([bound]) => isWithin(bound, bounds[bound]))) return;
    try {
      await save.mutateAsync({ purpose: route.purpose, body: bodyOf(route, places, bounds) });
      toast({ title: t("routeSaved"), tone: "success" });
      onClose();
    } catch {
      // Shown in the form.
    }
  }
  async function reset() {
    try {
      await unset.mutateAsync(route.purpose);
      toast({ title: t("unsetDone"), tone: "success" });
      onClose();
    } catch {
      // Shown in the form.
    }
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("routeTitle", { purpose })}
      className="max-w-xl"
      footer={
        <>
          {route.version > 0 && (
            <Button variant="ghost" className="mr-auto" busy={unset.isPending} onClick={() => void reset()}>
              {t("unset")}
            </Button>
          )}
          <FormFooter form={form} busy={save.isPending} onCancel={onClose}>
            {c("save")}
          </FormFooter>
        </>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="grid gap-4">
        <ol className="grid gap-3">
          {places.map((place, index) => (
            <PlaceFields
              key={place.key}
              place={place}
              index={index}
              count={places.length}
              providers={providers}
              own={own}
              checked={checked}
              onChange={(changes) => change(place.key, changes)}
              onMove={(to) => move(index, to)}
              onTake={() => take(place.key)}
            />
          ))}
        </ol>
        <p role="status" className="sr-only">
          {said}
        </p>
        {places.length < MOST && (
          <div>
            <Button
              ref={add}
              size="sm"
              variant="secondary"
              onClick={() => setPlaces([...places, { key: next.current++, ...fresh(providers, own) }])}
            >
              <Plus aria-hidden className="size-4" />
              {t(places.length ? "addFallback" : "addFirst")}
            </Button>
          </div>
        )}
        {checked && !complete && (
          <p role="alert" className="text-danger text-sm">
            {t("needOne")}
          </p>
        )}
        <fieldset className="grid items-start gap-4 border-line border-t pt-4 sm:grid-cols-2">
          <legend className="sr-only">{t("bounds")}</legend>
          {BOUNDS.map(([bound, label, hint]) => (
            <Field
              key={bound}
              label={t(label)}
              hint={hint && t(hint)}
              error={
                checked &&
                !isWithin(bound, bounds[bound]) &&
                t("outOf", { least: LIMITS[bound][0], most: LIMITS[bound][1] })
              }
            >
              <Input
                inputMode="decimal"
                autoComplete="off"
                value={bounds[bound]}
                onChange={(event) => setBounds({ ...bounds, [bound]: event.target.value })}
              />
            </Field>
          ))}
        </fieldset>
        {problem && (
          <p role="alert" className="text-danger text-sm">
            {say(problem)}
          </p>
        )}
      </form>
    </Dialog>
  );
}
