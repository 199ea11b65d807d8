import { authorization, renew } from "../session";

/**
 * Knowledge bases watched over one WebSocket, which takes none of the few connections that a browser allows for requests.
 * Each goes on where it was when the connection breaks.
 */
export interface Watched {
  knowledgeBaseId: string;
  /** Where to go on from; empty for now. */
  position: string;
}

interface Message {
  type: string;
  code?: string;
  knowledge_base_id?: string;
  position?: string;
  documents?: unknown[];
}

const PAUSES = [500, 2_000, 5_000, 15_000];

export function watchDocuments(wanted: readonly Watched[], onDocuments: (documents: unknown[]) => void): () => void {
  const left = new Map(wanted.map((one) => [one.knowledgeBaseId, one.position]));
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let refused = false;

  function open(): void {
    const token = authorization().Authorization?.replace("Bearer ", "");
    if (!token || left.size === 0) return;
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/ws`);
    socket.onopen = () => say({ type: "authenticate", token });
    socket.onmessage = (event) => hear(JSON.parse(String(event.data)) as Message);
    socket.onclose = () => void again();
  }

  function say(message: object): void {
    socket?.send(JSON.stringify(message));
  }

  function hear(message: Message): void {
    if (message.type === "authenticated") {
      attempt = 0;
      refused = false;
      for (const [id, after] of left) say({ type: "watch", knowledge_base_id: id, after });
    }
    if (message.type === "documents_changed" && message.knowledge_base_id) {
      left.set(message.knowledge_base_id, message.position ?? "");
      if (message.documents?.length) onDocuments(message.documents);
    }
    if (message.type === "watch_ended" && message.knowledge_base_id) left.delete(message.knowledge_base_id);
    if (message.type === "error" && message.code === "not-authenticated") refused = true;
  }

  async function again(): Promise<void> {
    socket = null;
    if (refused && !(await renew().catch(() => false))) return;
    timer = setTimeout(open, PAUSES[Math.min(attempt, PAUSES.length - 1)]);
    attempt += 1;
  }

  open();
  return () => {
    clearTimeout(timer);
    if (socket) socket.onclose = null;
    socket?.close();
  };
}
