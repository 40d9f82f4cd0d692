package reports

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/fanbench/fanbench/internal/needs"
)

// browser starts headless Chromium, under any of its installed names, until the test ends.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := needs.Program(t, "chromium", "chromium-browser", "google-chrome")
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU)
	processes, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(processes)
	t.Cleanup(closeTab)
	return tab
}

// sight is what a reader sees of a page. Lists are of elements that are wrong.
type sight struct {
	Sideways    bool     // the whole page scrolls sideways
	Cut         []string // elements that end beyond the right edge
	Unreachable []string // what scrolls, but not by keyboard, or without a name
	Loose       []string // first columns that scroll away
	Untold      []string // charts without figures in their alternative text
	Captions    []string // tables without one
	Scopes      []string // heads of tables without one
	Contents    bool     // the table of contents is in view at the end of the page
	Back, Ink   string   // colours of the page and of the texts of charts
}

// look is a sight, in JavaScript.
const look = `(() => {
	const wrong = (what, is) => [...document.querySelectorAll(what)].filter(is).map(e => e.outerHTML.slice(0, 120));
	const edge = document.documentElement.clientWidth;
	const scrolls = e => e.scrollWidth > e.clientWidth;
	const named = e => e.tabIndex === 0 && e.getAttribute("role") && e.getAttribute("aria-label");
	const sight = {
		Sideways: scrolls(document.documentElement),
		Cut: wrong("main *:not(.wide *):not(.chart *), nav", e => e.getBoundingClientRect().right > edge + 1),
		Unreachable: wrong("main *:not(svg *)", e => scrolls(e) && /auto|scroll/.test(getComputedStyle(e).overflowX) && !named(e)),
		Loose: wrong(".wide", e => {
			e.scrollLeft = 1e6;
			const left = e.getBoundingClientRect().left;
			const loose = [...e.querySelectorAll("tr > th:first-child")].some(h => Math.abs(h.getBoundingClientRect().left - left) > 1);
			e.scrollLeft = 0;
			return loose;
		}),
		Untold: wrong(".chart", e => e.getAttribute("role") !== "img" || !/\. .*\d.*\.$/.test(e.getAttribute("aria-label"))),
		Captions: wrong("table", e => !e.caption || !e.caption.textContent.trim()),
		Scopes: wrong("th", e => !e.scope),
		Back: getComputedStyle(document.body).backgroundColor,
		Ink: getComputedStyle(document.querySelector(".chart text")).fill,
	};
	scrollTo(0, document.body.scrollHeight);
	const contents = document.querySelector("nav").getBoundingClientRect();
	sight.Contents = scrollY > 0 && contents.top >= 0 && contents.top < 50;
	scrollTo(0, 0);
	return sight;
})()`

// sorted clicks the head "makespan" twice, and returns the first strategy after each click.
const sorted = `(() => {
	const head = [...document.querySelectorAll("th button")].find(b => b.textContent === "makespan");
	const first = () => head.closest("table").tBodies[0].rows[0].cells[0].textContent;
	head.click(); const up = first(); head.click();
	return [up, first()];
})()`

// The page is readable at the width of a phone, a tablet and a desk, in both themes.
func TestPageInABrowser(t *testing.T) {
	tab := browser(t)
	text, err := os.ReadFile(filepath.Join(rendered(t, "run").dir, pageFile))
	if err != nil {
		t.Fatal(err)
	}
	// Names of strategies are longer than a phone is wide.
	const short, long = "sequential", "sequential:initial=8,tolerance=150%,maximum=1000000"
	text = bytes.ReplaceAll(text, []byte(short), []byte(long))
	page := filepath.Join(t.TempDir(), pageFile)
	if err := os.WriteFile(page, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`(src|href)="(https?:)?//[^"]*"`).Find(text); m != nil {
		t.Errorf("the page needs the network: %s", m)
	}
	console := chromedp.Console(tab)
	if err := chromedp.Do(tab, chromedp.Navigate((&url.URL{Scheme: "file", Path: filepath.ToSlash(page)}).String())); err != nil {
		t.Fatal(err)
	}
	if first, err := chromedp.Run(tab, chromedp.Evaluate[[]string](sorted)); err != nil || strings.Join(first, " ") != "goroutine-per-task "+long {
		t.Errorf("the first after sorting by makespan up and down: %q (%v)", first, err)
	}
	for theme, want := range map[string]sight{
		"light": {Contents: true, Back: "rgb(255, 255, 255)", Ink: "rgb(31, 35, 40)"},
		"dark":  {Contents: true, Back: "rgb(20, 24, 29)", Ink: "rgb(230, 237, 243)"},
	} {
		scheme := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}}
		if _, err := chromedp.Call(tab, emulation.SetEmulatedMedia, scheme); err != nil {
			t.Fatal(err)
		}
		for _, width := range []int64{1400, 768, 390} {
			if err := chromedp.Do(tab, chromedp.EmulateViewport(width, 900)); err != nil {
				t.Fatal(err)
			}
			got, err := chromedp.Run(tab, chromedp.Evaluate[sight](look))
			if err != nil {
				t.Fatal(err)
			}
			for _, list := range []*[]string{&got.Cut, &got.Unreachable, &got.Loose, &got.Untold, &got.Captions, &got.Scopes} {
				if len(*list) == 0 {
					*list = nil
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, %d px (-want +got):\n%s", theme, width, diff)
			}
		}
		shot, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		const blank = 50 // number of colours; even text has more
		if n := colorsOf(t, shot); n < blank {
			t.Errorf("the screenshot has %d colours: is the page blank?", n)
		}
	}
	// The browser's console is read to its end: what is written here.
	const end = "that is all"
	if err := chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](fmt.Sprintf("console.log(%q)", end))); err != nil {
		t.Fatal(err)
	}
	for m, err := range console {
		if err != nil {
			t.Fatal(err)
		}
		if m.Text == end {
			break
		}
		t.Errorf("the browser's console: %v", m)
	}
}

// colorsOf is the number of colours of a PNG.
func colorsOf(t *testing.T, text []byte) int {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	colors := map[uint32]bool{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			colors[r>>8<<16|g>>8<<8|b>>8] = true
		}
	}
	return len(colors)
}
