import { sentence } from "./session.svelte";

const defaultEveryMS = 3_000;

/** Something that is asked for again and again while somebody looks at it. The last answer stays when one fails. */
export class Live<T> {
  value = $state.raw<T>();
  error = $state("");
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor(
    private readonly ask: () => Promise<T>,
    private readonly everyMS = defaultEveryMS,
  ) {
    void this.again();
  }

  /** Asks now. */
  async again(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      if (!document.hidden || this.value === undefined) this.value = await this.ask();
      this.error = "";
    } catch (why) {
      this.error = sentence(why);
    }
    clearTimeout(this.#timer); // another call may have been quicker
    if (!this.#ended) this.#timer = setTimeout(() => void this.again(), this.everyMS);
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }
}
