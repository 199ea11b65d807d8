import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import { readProblem } from "@/lib/api/problem";
import { authorizedFetch } from "@/lib/session";

/** Characters of a document's text that are read at a time. */
export const SLICE = 12_000;
const POLL = 1_500;

export function documentQuery(id: string) {
  return {
    queryKey: ["documents", "one", id],
    queryFn: () => unwrap(api.GET("/api/documents/{document_id}", { params: { path: { document_id: id } } })),
  };
}

/** The document; asked for again while a version is being read. */
export function useDocument(id: string) {
  return useQuery({
    ...documentQuery(id),
    refetchInterval: ({ state }) => (["queued", "processing"].includes(state.data?.state ?? "") ? POLL : false),
  });
}

/** The passages of the version that answers. */
export function usePassages(id: string, versionId: string) {
  return useInfiniteQuery({
    queryKey: ["documents", "passages", id, versionId],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/documents/{document_id}/chunks", {
          params: { path: { document_id: id }, query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** Where a span stands on its pages. */
export function useBoxes(id: string, versionId: string, start: number, end: number) {
  return useQuery({
    queryKey: ["documents", "boxes", id, versionId, start, end],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () =>
      end > start
        ? unwrap(
            api.GET("/api/documents/{document_id}/boxes", {
              params: { path: { document_id: id }, query: { version_id: versionId, start, end } },
            }),
          )
        : { version_id: versionId, boxes: [] },
  });
}

/** A page of a document that is a picture, as a file of a picture. */
export function pictureQuery(id: string, versionId: string, page: number, wanted: boolean) {
  return {
    queryKey: ["documents", "picture", id, versionId, page],
    enabled: wanted,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const path = `/api/documents/${encodeURIComponent(id)}/pages/${page}?version_id=${encodeURIComponent(versionId)}`;
      const response = await authorizedFetch(path);
      if (!response.ok) throw await readProblem(response);
      return response.blob();
    },
  };
}

/** Why the person who is signed in may read it, or whether somebody else may. Asked once, since that is recorded. */
export function accessQuery(id: string, userId?: string) {
  return {
    queryKey: ["documents", "access", id, userId ?? "me"],
    staleTime: userId ? Number.POSITIVE_INFINITY : 0,
    queryFn: () =>
      unwrap(
        api.GET("/api/documents/{document_id}/access", {
          params: { path: { document_id: id }, query: { user_id: userId } },
        }),
      ),
  };
}

export function originalUrl(id: string, versionId: string | undefined): string {
  const query = versionId ? `?version_id=${encodeURIComponent(versionId)}` : "";
  return `/api/documents/${encodeURIComponent(id)}/original${query}`;
}

/** Saves the original of a version as a file. Throws Problem. */
export async function downloadOriginal(id: string, versionId: string | undefined, name: string): Promise<void> {
  const response = await authorizedFetch(originalUrl(id, versionId));
  if (!response.ok) throw await readProblem(response);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
