import type { FileToSend } from "@/lib/upload/model";

export interface Gathered {
  files: FileToSend[];
  /** Hidden files and what systems and Office leave behind: nobody means to upload these. */
  skipped: number;
}

const LEFTOVERS = new Set(["thumbs.db", "desktop.ini"]);

export function isLeftover(name: string): boolean {
  return name.startsWith(".") || name.startsWith("~$") || LEFTOVERS.has(name.toLowerCase());
}

/**
 * What was dropped, folders walked through, each file with its path from where it was dropped.
 *
 * The entries are taken before the first `await`: a browser empties the transfer when the event is over.
 */
export async function gatherDropped(transfer: DataTransfer): Promise<Gathered> {
  const entries: FileSystemEntry[] = [];
  const loose: File[] = [];
  for (const item of Array.from(transfer.items)) {
    if (item.kind !== "file") continue;
    const entry = item.webkitGetAsEntry?.();
    if (entry) {
      entries.push(entry);
      continue;
    }
    const file = item.getAsFile();
    if (file) loose.push(file);
  }
  const found: Gathered = { files: [], skipped: 0 };
  for (const file of loose) take(found, file, file.name);
  for (const entry of entries) await walk(entry, "", found);
  return found;
}

/** What was chosen by a file or folder button. */
export function gatherChosen(files: Iterable<File>): Gathered {
  const found: Gathered = { files: [], skipped: 0 };
  for (const file of files) {
    const path = file.webkitRelativePath || file.name;
    if (path.split("/").some((part) => part.startsWith("."))) found.skipped += 1;
    else take(found, file, path);
  }
  return found;
}

async function walk(entry: FileSystemEntry, folder: string, found: Gathered): Promise<void> {
  const path = folder + entry.name;
  if (isLeftover(entry.name)) {
    found.skipped += 1;
    return;
  }
  if (isFile(entry)) {
    take(found, await read<File>((done, failed) => entry.file(done, failed)), path);
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A browser gives a hundred at a time and says by an empty answer that there are no more.
  for (;;) {
    const some = await read<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return;
    for (const one of some) await walk(one, `${path}/`, found);
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function read<T>(start: (done: (value: T) => void, failed: (error: unknown) => void) => void): Promise<T> {
  return new Promise(start);
}

function take(found: Gathered, file: File, path: string): void {
  if (isLeftover(file.name)) found.skipped += 1;
  else found.files.push({ file, path });
}
