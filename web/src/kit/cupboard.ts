/** What a page keeps on this device, in IndexedDB: the phone's key, what it needs without a network, and receipts to carry. */

/** keys: the phone's key pair. shelf: copies of what the network said, and the person's own notes. receipts: still to be carried. */
export type Drawer = "keys" | "shelf" | "receipts";

const drawers: readonly Drawer[] = ["keys", "shelf", "receipts"];
const version = 1;

export class Cupboard {
  #opened?: Promise<IDBDatabase>;

  constructor(
    private readonly name = "lockhouse",
    private readonly factory: IDBFactory = indexedDB,
  ) {}

  async get<T>(drawer: Drawer, key: string): Promise<T | undefined> {
    return (await this.#do(drawer, "readonly", (store) => store.get(key))) as T | undefined;
  }

  async put(drawer: Drawer, key: string, value: unknown): Promise<void> {
    await this.#do(drawer, "readwrite", (store) => store.put(value, key));
  }

  async remove(drawer: Drawer, key: string): Promise<void> {
    await this.#do(drawer, "readwrite", (store) => store.delete(key));
  }

  /** The first `limit` entries in the order of their keys. */
  async first<T>(drawer: Drawer, limit: number): Promise<[string, T][]> {
    const keys = (await this.#do(drawer, "readonly", (store) => store.getAllKeys(undefined, limit))) as string[];
    const values = (await this.#do(drawer, "readonly", (store) => store.getAll(undefined, limit))) as T[];
    return keys.map((key, i) => [key, values[i]!]);
  }

  async count(drawer: Drawer): Promise<number> {
    return (await this.#do(drawer, "readonly", (store) => store.count())) as number;
  }

  async #do(drawer: Drawer, mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
    this.#opened ??= this.#open();
    const transaction = (await this.#opened).transaction(drawer, mode);
    const request = ask(transaction.objectStore(drawer));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? request.error);
    });
  }

  #open(): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
      const request = this.factory.open(this.name, version);
      request.onupgradeneeded = () => drawers.forEach((drawer) => request.result.createObjectStore(drawer));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }
}
