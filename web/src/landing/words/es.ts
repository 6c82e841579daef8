import { es as kit } from "../../kit/words/es";
import type { Words } from "./en";

export const es: Words = {
  kit,
  claim: "Su paquete, seguro donde usted elija.",
  lead: "Recójalo en una taquilla de un lugar vigilado y cercano. Su teléfono abre la puerta, incluso sin red, y nadie en el sitio conoce su nombre.",
  runs: (network, version) => `${network}, versión ${version}`,
  collect: "Recoger un paquete",
  collectMore: "Qué le espera, dónde y hasta cuándo.",
  courier: "Reparto",
  courierMore: "Sus paradas, puerta a puerta.",
  console: "Operador",
  consoleMore: "Sitios, taquillas y paquetes de esta red.",
  docs: "API",
  docsMore: "Para tiendas que ofrecen estos sitios.",
  figures: "Cómo funcionan las taquillas",
  register: "El registro público",
  front: "Frente de una taquilla con una pintura sobre sus puertas; una está abierta",
};
