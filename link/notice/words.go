package notice

import (
	"fmt"
	"strings"
	"time"

	"lockhouse"
)

// wording is one language. In sentences {place} is the site's alias and {until} the end of the holding time there.
type wording struct {
	kinds    map[lockhouse.NoticeKind]sentences
	where    string // before the address
	tracking string // before the carrier's number
	once     string // below the button
	greeting string // {name}
	pin      string // above the PIN
	pinHint  string // below it: {locker} and {door}
	weekdays [7]string
	months   [12]string
	date     string // {weekday} {day} {month} {time}
}

// sentences are the words of one kind of mail.
type sentences struct {
	subject, lead, button string
}

const defaultLanguage = "en"

// languageOf gives the catalogue's language for a BCP 47 tag, or the default.
func languageOf(tag string) string {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if _, ok := words[primary]; ok {
		return primary
	}
	return defaultLanguage
}

func fill(sentence, place, until string) string {
	return strings.NewReplacer("{place}", place, "{until}", until).Replace(sentence)
}

func (w wording) moment(t time.Time) string {
	return strings.NewReplacer("{weekday}", w.weekdays[t.Weekday()], "{day}", fmt.Sprint(t.Day()), "{month}", w.months[t.Month()-1],
		"{time}", t.Format("15:04")).Replace(w.date)
}

// words is the catalogue. Subjects are read on locked screens and over shoulders: they name no place.
var words = map[string]wording{
	"en": {
		kinds: map[lockhouse.NoticeKind]sentences{
			lockhouse.NoticeAnnounced: {"Your parcel is on its way", "A parcel is on its way to you. We write again when it waits at {place}.", "See your parcel"},
			lockhouse.NoticeReady:     {"Your parcel is ready to collect", "Your parcel waits at {place} until {until}. Open this on the phone that you take along.", "Open with my phone"},
			lockhouse.NoticeOverdue:   {"Your parcel is still waiting", "The time to collect your parcel at {place} is over. It may be taken back soon; you can still collect it while it is there.", "See your parcel"},
			lockhouse.NoticeCollected: {"Your parcel was collected", "Your parcel was collected at {place}. If that was not you, answer this mail.", ""},
			lockhouse.NoticeService:   {"A word about your parcel", "The compartment in which your parcel lies at {place} was opened for service. Two people of the network had to agree to it, and it stands in the public register. Your parcel stays yours to collect. If something is missing, answer this mail.", "See your parcel"},
			lockhouse.NoticeSignIn:    {"Your link", "Here is the link you asked for. If you did not ask, do nothing.", "See my parcels"},
		},
		where: "Where", tracking: "Tracking number", once: "This link is for you alone and works once. You can ask for a new one at any time.", greeting: "Hello {name},",
		pin: "PIN, if you come without a smartphone", pinHint: "Type it at the panel of locker {locker}. Door {door} opens. It works until the parcel is taken, so give it only to whoever fetches it for you.",
		weekdays: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		months:   [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		date:     "{weekday}, {day} {month}, {time}",
	},
	"es": {
		kinds: map[lockhouse.NoticeKind]sentences{
			lockhouse.NoticeAnnounced: {"Su paquete está en camino", "Un paquete está en camino. Le escribiremos de nuevo cuando le espere en {place}.", "Ver mi paquete"},
			lockhouse.NoticeReady:     {"Su paquete está listo para recoger", "Su paquete le espera en {place} hasta el {until}. Abra este enlace en el teléfono que vaya a llevar.", "Abrir con mi teléfono"},
			lockhouse.NoticeOverdue:   {"Su paquete sigue esperando", "El plazo para recoger su paquete en {place} ha terminado. Es posible que se retire pronto; mientras siga allí, puede recogerlo.", "Ver mi paquete"},
			lockhouse.NoticeCollected: {"Su paquete fue recogido", "Su paquete fue recogido en {place}. Si no fue usted, responda a este correo.", ""},
			lockhouse.NoticeService:   {"Sobre su paquete", "El compartimento donde está su paquete en {place} se abrió por mantenimiento. Dos personas de la red tuvieron que autorizarlo y consta en el registro público. Su paquete sigue a su disposición. Si falta algo, responda a este correo.", "Ver mi paquete"},
			lockhouse.NoticeSignIn:    {"Su enlace", "Aquí tiene el enlace que pidió. Si no lo pidió, no haga nada.", "Ver mis paquetes"},
		},
		where: "Dónde", tracking: "Número de seguimiento", once: "Este enlace es solo para usted y funciona una vez. Puede pedir otro cuando quiera.", greeting: "Hola, {name}:",
		pin: "PIN, si viene sin teléfono inteligente", pinHint: "Tecléelo en el panel del armario {locker}. Se abre la puerta {door}. Sirve hasta que se recoja el paquete: délo solo a quien vaya a recogerlo por usted.",
		weekdays: [7]string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"},
		months:   [12]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
		date:     "{weekday} {day} de {month}, {time}",
	},
	"hi": {
		kinds: map[lockhouse.NoticeKind]sentences{
			lockhouse.NoticeAnnounced: {"आपका पार्सल रास्ते में है", "एक पार्सल आपके लिए रास्ते में है। जब वह {place} पर पहुँचेगा, हम फिर लिखेंगे।", "मेरा पार्सल देखें"},
			lockhouse.NoticeReady:     {"आपका पार्सल लेने के लिए तैयार है", "आपका पार्सल {place} पर {until} तक रखा रहेगा। यह लिंक उसी फ़ोन पर खोलें जिसे आप साथ ले जाएँगे।", "मेरे फ़ोन से खोलें"},
			lockhouse.NoticeOverdue:   {"आपका पार्सल अब भी रखा है", "{place} से पार्सल लेने का समय समाप्त हो गया है। उसे जल्द ही वापस ले जाया जा सकता है; जब तक वह वहाँ है, आप उसे ले सकते हैं।", "मेरा पार्सल देखें"},
			lockhouse.NoticeCollected: {"आपका पार्सल ले लिया गया", "आपका पार्सल {place} से ले लिया गया है। यदि आपने नहीं लिया, तो इस ईमेल का उत्तर दें।", ""},
			lockhouse.NoticeService:   {"आपके पार्सल के बारे में", "{place} पर जिस खाने में आपका पार्सल रखा है, वह रखरखाव के लिए खोला गया। इसके लिए नेटवर्क के दो लोगों की सहमति लगी, और यह सार्वजनिक रजिस्टर में दर्ज है। पार्सल आप पहले की तरह ले सकते हैं। यदि कुछ कम हो, तो इस ईमेल का उत्तर दें।", "मेरा पार्सल देखें"},
			lockhouse.NoticeSignIn:    {"आपका लिंक", "यह वह लिंक है जो आपने माँगा था। यदि आपने नहीं माँगा, तो कुछ न करें।", "मेरे पार्सल देखें"},
		},
		where: "कहाँ", tracking: "ट्रैकिंग नंबर", once: "यह लिंक केवल आपके लिए है और एक बार काम करता है। आप कभी भी नया लिंक माँग सकते हैं।", greeting: "नमस्ते {name},",
		pin: "पिन, यदि आप बिना स्मार्टफ़ोन के आते हैं", pinHint: "इसे लॉकर {locker} के पैनल पर दबाएँ। दरवाज़ा {door} खुलेगा। यह पार्सल निकाले जाने तक काम करता है, इसलिए केवल उसी को दें जो आपके लिए पार्सल लाए।",
		weekdays: [7]string{"रविवार", "सोमवार", "मंगलवार", "बुधवार", "गुरुवार", "शुक्रवार", "शनिवार"},
		months:   [12]string{"जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर", "अक्टूबर", "नवंबर", "दिसंबर"},
		date:     "{weekday}, {day} {month}, {time}",
	},
}
