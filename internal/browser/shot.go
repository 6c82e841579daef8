package browser

import (
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp"
)

// Shot writes a screenshot of the screen as PNG.
func (p *Page) Shot(file string) {
	p.t.Helper()
	picture, err := within(p.ctx, maxStepWait, chromedp.CaptureScreenshot())
	p.save(file, picture, err)
}

// FullShot writes a screenshot of the whole page, however long, as PNG.
func (p *Page) FullShot(file string) {
	p.t.Helper()
	picture, err := within(p.ctx, maxStepWait, chromedp.FullScreenshot(100))
	p.save(file, picture, err)
}

func (p *Page) save(file string, picture []byte, err error) {
	p.t.Helper()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o755)
	}
	if err == nil {
		err = os.WriteFile(file, picture, 0o644)
	}
	if err != nil {
		p.t.Fatalf("no screenshot %s: %v", file, err)
	}
}
