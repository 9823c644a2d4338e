package main

// face is a style of text: the attributes that draw it, and how wide its characters are.
type face struct {
	attributes string
	size       float64
	// widths are the advances of the characters from blank to tilde, in thousandths of the size; one of them is that of all.
	widths []int
}

const (
	sans = `font-family="Arial, 'Liberation Sans', Helvetica, 'Nimbus Sans', 'DejaVu Sans', sans-serif" `
	mono = `font-family="'DejaVu Sans Mono', Menlo, Consolas, monospace" `
)

var (
	fixed   = face{mono + `font-size="13" fill="#1d1c1d"`, 13, []int{602}}
	code    = face{mono + `font-size="12.5" fill="#b0174f"`, 12.5, []int{602}}
	plain   = face{sans + `font-size="14" fill="#1d1c1d"`, 14, regular}
	slanted = face{sans + `font-size="14" font-style="italic" fill="#1d1c1d"`, 14, regular}
	strong  = face{sans + `font-size="14" font-weight="bold" fill="#1d1c1d"`, 14, bold}
	title   = face{sans + `font-size="16" font-weight="bold" fill="#1d1c1d"`, 16, bold}
	faint   = face{sans + `font-size="12.5" fill="#616061"`, 12.5, regular}
)

// regular and bold are the advances of Helvetica in its Adobe font metrics, which Arial and Liberation Sans share.
var (
	regular = []int{
		278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
		1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
		333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
	}
	bold = []int{
		278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
		975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
		333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
	}
)

// width is how wide a text is, in pixels. Of a character that is not ASCII it is that of a bullet, or of a full-width form.
func (f face) width(s string) float64 {
	sum := 0
	for _, r := range s {
		switch {
		case len(f.widths) == 1 && r < 0xFF00:
			sum += f.widths[0]
		case r >= 0xFF00:
			sum += 1000
		case r < ' ' || r > '~':
			sum += 350
		default:
			sum += f.widths[r-' ']
		}
	}
	return float64(sum) * f.size / 1000
}
