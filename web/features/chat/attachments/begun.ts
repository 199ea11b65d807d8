import { create } from "zustand";

import { api, unwrap } from "@/lib/api/client";

import { afterSignIn } from "../afterSignIn";

const STORED = "nexus-chat-begun";

/** The conversation that files were attached to before its first question; a reload keeps it. */
export const useBegun = create<{ id: string | null }>(() => ({
  id: typeof sessionStorage === "undefined" ? null : sessionStorage.getItem(STORED),
}));

let beginning: Promise<string> | null = null;

/** Its id; it is begun where there is none. Throws Problem. */
export function begin(): Promise<string> {
  const { id } = useBegun.getState();
  if (id) return Promise.resolve(id);
  beginning ??= afterSignIn(() => unwrap(api.POST("/api/conversations")))
    .then((made) => {
      sessionStorage.setItem(STORED, made.id);
      useBegun.setState({ id: made.id });
      return made.id;
    })
    .finally(() => {
      beginning = null;
    });
  return beginning;
}

/** It has become a conversation like any other, or is gone. */
export function forgetBegun(): void {
  sessionStorage.removeItem(STORED);
  useBegun.setState({ id: null });
}
