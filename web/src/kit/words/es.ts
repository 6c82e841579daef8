import type { KitWords } from "./en";

const sides = { left: "izquierda", middle: "centro", right: "derecha" };
const heights = {
  ground: "cerca del suelo",
  knee: "a la altura de la rodilla",
  hip: "a la altura de la cadera",
  chest: "a la altura del pecho",
  eye: "a la altura de los ojos",
  above: "por encima de la cabeza",
};

export const es: KitWords = {
  place: (p) => `${sides[p.side]}, columna ${p.column}, ${heights[p.height]}`,
  front: (locker, place, number) => `Frente de la taquilla ${locker}: la puerta ${number} está en ${place}.`,
  frontPlain: (locker) => `Frente de la taquilla ${locker}`,
  artwork: (title, artist) => `Obra: «${title}» de ${artist}`,
  done: "hecho",
  loading: "Cargando…",
  tryAgain: "Intentar de nuevo",
  back: "Atrás",
  close: "Cerrar",
  language: "Idioma",
  noNetwork: "Sin conexión con la red.",
  skip: "Ir al contenido",
};
