/** Times as a person says them, in a given time zone. */

/** "Thu, 26 Nov, 20:00" */
export function dayAndTime(at: string | Date, language: string, zone?: string): string {
  return format(at, language, { weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit" }, zone);
}

/** "20:00" */
export function timeOnly(at: string | Date, language: string, zone?: string): string {
  return format(at, language, { hour: "numeric", minute: "2-digit" }, zone);
}

function format(at: string | Date, language: string, options: Intl.DateTimeFormatOptions, zone?: string): string {
  return new Intl.DateTimeFormat(language, { ...options, ...(zone ? { timeZone: zone } : {}) }).format(new Date(at));
}
