// Package figure draws charts: a canvas measured in points with its origin at the top left, text
// whose size is known before it is placed, scales with round ticks, themes, and the frame of
// every chart (title, subtitle, body, note). It knows nothing about runs and strategies; package
// charts does.
//
//	Figure (texts, size, and how to draw the body)
//	  -> Canvas (points, the theme's colours)
//	  -> Encode (PNG at 144 dpi, or SVG)
//
// The same figure gives the same bytes.
package figure
