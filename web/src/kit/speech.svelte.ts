/** The languages of the pages. Each page has a catalogue written by hand, one file a language; a missing key is a type error. */

export type Language = "en" | "es" | "hi";

/** Each language in its own words. */
export const languages: readonly { code: Language; name: string }[] = [
  { code: "en", name: "English" },
  { code: "es", name: "Español" },
  { code: "hi", name: "हिन्दी" },
];

const keptUnder = "lockhouse-language";

/** The person's own choice if there is one, otherwise the first of the browser's languages that we speak, otherwise English. */
export function preferred(): Language {
  const wishes = [localStorage.getItem(keptUnder), ...navigator.languages];
  for (const wish of wishes) {
    const found = languages.find(({ code }) => wish?.toLowerCase().split("-")[0] === code);
    if (found) return found.code;
  }
  return "en";
}

/** One page's catalogue in the language of the moment; other languages are loaded when they are asked for. */
export class Speech<W extends object> {
  language = $state<Language>("en");
  #words = $state.raw<W>()!;

  constructor(
    private readonly english: W,
    private readonly others: Record<Exclude<Language, "en">, () => Promise<W>>,
  ) {
    this.#words = english;
  }

  get words(): W {
    return this.#words;
  }

  /** Starts in the preferred language; English stays if the other can't be loaded. */
  async begin(): Promise<void> {
    await this.#load(preferred()).catch(() => undefined);
  }

  /** Changes the language and remembers the choice on this device. */
  async speak(language: Language): Promise<void> {
    await this.#load(language);
    localStorage.setItem(keptUnder, language);
  }

  async #load(language: Language): Promise<void> {
    this.#words = language === "en" ? this.english : await this.others[language]();
    this.language = language;
    document.documentElement.lang = language;
  }
}
