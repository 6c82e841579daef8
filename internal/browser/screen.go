package browser

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Screen is what a page is shown on. Sizes are in CSS pixels.
type Screen struct {
	Name          string // for names of files
	Width, Height int64
	Touch         bool // a phone: touch, its viewport rules, no scroll bars
	Dark          bool // the person prefers dark colours
}

// The screens that every page is looked at on.
var (
	Phone     = Screen{Name: "phone", Width: 390, Height: 844, Touch: true}
	PhoneDark = Screen{Name: "phone-dark", Width: 390, Height: 844, Touch: true, Dark: true}
	Desk      = Screen{Name: "desk", Width: 1440, Height: 900}
	DeskDark  = Screen{Name: "desk-dark", Width: 1440, Height: 900, Dark: true}
)

// Screens lists the four.
func Screens() []Screen { return []Screen{Phone, PhoneDark, Desk, DeskDark} }

// show makes the page believe that it is on this screen. Nothing moves on it, so that a screenshot shows the end of a
// movement and not its middle.
func (s Screen) show(options Options) chromedp.Action[chromedp.Void] {
	scheme := "light"
	if s.Dark {
		scheme = "dark"
	}
	features := []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme},
		{Name: "prefers-reduced-motion", Value: "reduce"},
	}
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: s.Width, Height: s.Height, ScreenWidth: s.Width, ScreenHeight: s.Height, DeviceScaleFactor: 1, Mobile: s.Touch,
		}); err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, t, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: s.Touch}); err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, t, emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: options.Language}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: options.TimeZone})
		return err
	})
}
