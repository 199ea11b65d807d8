import createClient from "openapi-fetch";

import { authorizedFetch } from "../session";
import { problemOf } from "./problem";
import type { components, paths } from "./schema";

/** The bodies of the API by the server's names: `Schemas["DocumentOut"]`. */
export type Schemas = components["schemas"];

/** The typed client: `api.GET("/api/documents/{document_id}", { params: { path: { document_id } } })`. */
export const api = createClient<paths>({ baseUrl: "", fetch: (request) => authorizedFetch(request) });

interface Answered<T> {
  data?: T;
  /** The body of a refusal, which the client has read already: the response's own is spent. */
  error?: unknown;
  response: Response;
}

/** The body of an answer. Throws Problem for a refusal, so that TanStack Query and forms see one kind of error. */
export async function unwrap<T>(call: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw problemOf(response, error);
  return data as T;
}

export { Problem } from "./problem";
