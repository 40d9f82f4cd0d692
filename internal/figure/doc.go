// Package figure draws: a canvas measured in points with its origin at the top left,
// text that can be measured before it is placed, scales with sane ticks, themes, and
// the frame that every chart shares (title, subtitle, body, note). It knows nothing of
// runs and strategies; package charts does.
//
//	Figure (what is said, how large, how to draw the body)
//	  -> Canvas (points, the theme's colours)
//	  -> Encode (PNG at 144 dpi, or SVG)
//
// The same figure gives the same bytes.
package figure
