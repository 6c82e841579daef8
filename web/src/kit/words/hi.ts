import type { KitWords } from "./en";

const sides = { left: "बाईं ओर", middle: "बीच में", right: "दाईं ओर" };
const heights = {
  ground: "ज़मीन के पास",
  knee: "घुटने की ऊँचाई पर",
  hip: "कमर की ऊँचाई पर",
  chest: "सीने की ऊँचाई पर",
  eye: "आँखों की ऊँचाई पर",
  above: "सिर से ऊपर",
};

export const hi: KitWords = {
  place: (p) => `${sides[p.side]}, कॉलम ${p.column}, ${heights[p.height]}`,
  front: (locker, place, number) => `लॉकर ${locker} का सामने का हिस्सा: दरवाज़ा ${number} ${place} है।`,
  frontPlain: (locker) => `लॉकर ${locker} का सामने का हिस्सा`,
  artwork: (title, artist) => `कलाकृति: “${title}”, कलाकार ${artist}`,
  done: "पूरा हुआ",
  loading: "लोड हो रहा है…",
  tryAgain: "फिर कोशिश करें",
  back: "वापस",
  close: "बंद करें",
  language: "भाषा",
  noNetwork: "नेटवर्क से संपर्क नहीं है।",
  skip: "सीधे मुख्य सामग्री पर जाएँ",
};
