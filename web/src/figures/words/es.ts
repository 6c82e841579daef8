import { es as kit } from "../../kit/words/es";
import type { Words } from "./en";

export const es: Words = {
  kit,
  title: "Cómo funcionan las taquillas",
  lead: "Lo que cada taquilla midió de sí misma en los últimos 30 días: cuánto tardaron sus puertas en abrirse y durante qué parte del tiempo podrían haberse abierto.",
  choose: "Elija un sitio",
  all: "Todos los sitios",
  more: "Más sitios",
  noSites: "Aún no hay sitios.",
  unknownSite: "No existe ese sitio. Existen estos:",
  locker: (name) => `Taquilla ${name}`,
  until: (day) => `Hasta el final del ${day}, hora UTC.`,
  register: "Lo que abrieron otros: el registro público",
  rules: "Cómo se mide",
  rulesText:
    "Desde que el mensaje de su teléfono ha llegado a la taquilla hasta que la puerta está abierta, con el cronómetro de la propia taquilla. Para que nadie pueda saber cuándo recogió un vecino, el día de hoy no se incluye, las aperturas se redondean hacia abajo a decenas y de menos de diez no se dice cuánto tardaron. Las puertas se abren sin conexión con la red.",
};
