package panel

// phrases are spoken as they stand here, in each language that the screen has.
var phrases = map[string]map[phrase]string{
	"en": {
		phraseOpen:      "Door {door} is open. Take your parcel, and shut the door.",
		phraseShutIt:    "Door {door} is still open. Please shut it.",
		phraseThanks:    "Thank you. Have a good day.",
		phraseNotOpened: "Door {door} did not open. Please try again.",
		phraseLook:      "Please look whether door {door} is open.",
		phraseWrong:     "That PIN opens nothing here. Look at the digits, and at the name of the locker.",
		phraseWait:      "Too many were wrong. Please wait, or type the number of your door in front of the PIN.",
		phraseBusy:      "A door is open, or being opened. Please shut it first.",
		phraseNameDoor:  "Type the number of your door in front of the PIN.",
		phraseNoPIN:     "Type the eight digits of your PIN, and then OK.",
		phraseOver:      "Nothing lies here for this any more.",
		phraseFailed:    "That did not work. Please call the operator.",
	},
	"es": {
		phraseOpen:      "La puerta {door} está abierta. Tome su paquete y cierre la puerta.",
		phraseShutIt:    "La puerta {door} sigue abierta. Por favor, ciérrela.",
		phraseThanks:    "Gracias. Que tenga un buen día.",
		phraseNotOpened: "La puerta {door} no se ha abierto. Por favor, inténtelo de nuevo.",
		phraseLook:      "Por favor, mire si la puerta {door} está abierta.",
		phraseWrong:     "Ese PIN no abre nada aquí. Mire los dígitos y el nombre del armario.",
		phraseWait:      "Demasiados intentos. Espere, por favor, o teclee el número de su puerta delante del PIN.",
		phraseBusy:      "Hay una puerta abierta o abriéndose. Por favor, ciérrela primero.",
		phraseNameDoor:  "Teclee el número de su puerta delante del PIN.",
		phraseNoPIN:     "Teclee los ocho dígitos de su PIN y después OK.",
		phraseOver:      "Ya no hay nada aquí para esto.",
		phraseFailed:    "No ha funcionado. Por favor, llame al operador.",
	},
	"hi": {
		phraseOpen:      "दरवाज़ा {door} खुला है। अपना पार्सल लीजिए और दरवाज़ा बंद कर दीजिए।",
		phraseShutIt:    "दरवाज़ा {door} अब भी खुला है। कृपया उसे बंद कर दीजिए।",
		phraseThanks:    "धन्यवाद। आपका दिन शुभ हो।",
		phraseNotOpened: "दरवाज़ा {door} नहीं खुला। कृपया फिर कोशिश कीजिए।",
		phraseLook:      "कृपया देखिए कि दरवाज़ा {door} खुला है या नहीं।",
		phraseWrong:     "इस पिन से यहाँ कुछ नहीं खुलता। अंक और लॉकर का नाम देखिए।",
		phraseWait:      "बहुत बार ग़लत पिन दबाया गया। कृपया प्रतीक्षा कीजिए, या पिन से पहले अपने दरवाज़े का नंबर दबाइए।",
		phraseBusy:      "एक दरवाज़ा खुला है या खुल रहा है। कृपया पहले उसे बंद कीजिए।",
		phraseNameDoor:  "पिन से पहले अपने दरवाज़े का नंबर दबाइए।",
		phraseNoPIN:     "अपने पिन के आठ अंक दबाइए, फिर ठीक।",
		phraseOver:      "इसके लिए यहाँ अब कुछ नहीं है।",
		phraseFailed:    "यह नहीं हुआ। कृपया संचालक को बुलाइए।",
	},
}

// Languages are those that a panel can show and speak.
func Languages() []string { return []string{"en", "es", "hi"} }
