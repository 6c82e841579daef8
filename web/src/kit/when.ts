/** Times as a person says them, in a given time zone. */

/** "Thu, 26 Nov, 20:00" */
export function dayAndTime(at: string | Date, language: string, zone?: string): string {
  return format(at, language, { weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit" }, zone);
}

/** "20:00" */
export function timeOnly(at: string | Date, language: string, zone?: string): string {
  return format(at, language, { hour: "numeric", minute: "2-digit" }, zone);
}

/** The last minute before a deadline: "by 12:00 AM" leaves open which day is meant. */
export function lastMinuteBefore(deadline: string): Date {
  return new Date(new Date(deadline).getTime() - 60_000);
}

function format(at: string | Date, language: string, options: Intl.DateTimeFormatOptions, zone?: string): string {
  return new Intl.DateTimeFormat(language, { ...options, ...(zone ? { timeZone: zone } : {}) }).format(new Date(at));
}
