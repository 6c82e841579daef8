package api

import "lockhouse"

// panelView is what there is for people without a smartphone.
type panelView struct {
	Keys     bool `json:"keys" doc:"To type a PIN on."`
	Scanner  bool `json:"scanner" doc:"That reads a printed pass."`
	Screen   bool `json:"screen"`
	Voice    bool `json:"voice" doc:"It speaks what the screen shows."`
	HeightMM *int `json:"height_mm" doc:"How high above the ground the highest part is that is touched; null where it is not known. 380 to 1220 is in reach from a wheelchair (2010 ADA Standards, 308)."`
}

// viewPanel gives null where nothing was said.
func viewPanel(p lockhouse.Panel) orNull[panelView] {
	if !p.Said {
		return orNull[panelView]{}
	}
	v := panelView{Keys: p.Keys, Scanner: p.Scanner, Screen: p.Screen, Voice: p.Voice}
	if p.HeightMM > 0 {
		v.HeightMM = &p.HeightMM
	}
	return some(v)
}

// viewWithoutPhone gives null where somebody without a smartphone could be sent in vain.
func viewWithoutPhone(p lockhouse.Panel) orNull[panelView] {
	if !p.WithoutPhone() {
		return orNull[panelView]{}
	}
	return viewPanel(p)
}
