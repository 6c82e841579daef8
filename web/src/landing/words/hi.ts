import { hi as kit } from "../../kit/words/hi";
import type { Words } from "./en";

export const hi: Words = {
  kit,
  claim: "आपका पार्सल, आपकी चुनी जगह पर सुरक्षित।",
  lead: "उसे पास की किसी निगरानी वाली जगह के लॉकर से लें। आपका फ़ोन दरवाज़ा खोलता है, नेटवर्क के बिना भी, और वहाँ कोई आपका नाम नहीं जानता।",
  runs: (network, version) => `${network}, संस्करण ${version}`,
  collect: "पार्सल लें",
  collectMore: "आपके लिए क्या, कहाँ और कब तक रखा है।",
  courier: "कूरियर",
  courierMore: "आपके पड़ाव, दरवाज़े के बाद दरवाज़ा।",
  console: "ऑपरेटर",
  consoleMore: "इस नेटवर्क की जगहें, लॉकर और पार्सल।",
  docs: "API",
  docsMore: "उन दुकानों के लिए जो ये जगहें देती हैं।",
  figures: "लॉकर कैसे काम करते हैं",
  register: "सार्वजनिक रजिस्टर",
  front: "लॉकर का सामने का हिस्सा, दरवाज़ों पर चित्र; एक दरवाज़ा खुला है",
};
