package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/schollz/progressbar/v3"

	"squeezenet/picture"
	"squeezenet/picture/decode"
	"squeezenet/quantize"
	"squeezenet/weights/foreign"
)

// curveSizes are the sizes of the whole curve, in bytes.
var curveSizes = []int{1_300_000, 1_000_000, 800_000, 700_000, 600_000, 500_000, 450_000, 400_000}

func setupQuantize(flags *flag.FlagSet) func(s streams, args []string) error {
	dir := flags.String("calibrate", "", "`DIR` with pictures of the kind that the network will see, a hundred or more")
	target := flags.Int("target", 0, "the `BYTES` that the model may take, its labels apart (default: 7 bits a weight); when the model is written,\n"+
		"a table says what sizes around it give, and OUT's name with .svg draws it (as long again; it may be interrupted)")
	curve := flags.String("curve", "", "draw the table into `FILE`, and have it go from 1.3 MB down to 0.4 MB in eight steps (slower still)")
	return func(s streams, args []string) error {
		if *dir == "" || len(args) != 2 {
			return usageError("--calibrate DIR, a float32 model and a file to write were expected")
		}
		if *target < 0 {
			return usageError(fmt.Sprintf("--target %d: a number of bytes was expected", *target))
		}
		in, out := args[0], args[1]
		if filepath.Ext(out) != ".sqz" {
			return usageError(fmt.Sprintf("%s: a model's name ends in .sqz", out))
		}
		sizes := curveSizes
		if *curve == "" {
			*curve = strings.TrimSuffix(out, ".sqz") + ".svg"
			sizes = nil
			if *target > 0 {
				sizes = []int{curveSizes[0], *target * 5 / 4, *target * 4 / 5}
			}
		}
		if err := checkFolders(out, *curve); err != nil {
			return err
		}
		m, err := openModel(in, foreign.Options{})
		if err != nil {
			return err
		}
		pictures, err := calibration(*dir, m.Pipeline, s)
		if err != nil {
			return err
		}
		const steps = 1000
		var bar *progressbar.ProgressBar
		doing := ""
		calibrated, err := quantize.Calibrate(m, pictures, func(fraction float64, what string) {
			if bar == nil {
				bar = newBar(s.err, steps, "steps")
			}
			bar.Describe(doing + what)
			_ = bar.Set(int(steps * fraction))
			if fraction >= 1 {
				_ = bar.Finish()
				bar = nil
			}
		})
		if err != nil {
			return err
		}
		q, report, err := calibrated.Quantise(*target)
		if err != nil {
			return err
		}
		if err := writeModel(out, q); err != nil {
			return err
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(w, "layer\tsensitivity\tstep (deviations)\tbytes\t")
		for _, l := range report.Layers {
			sensitivity, step := "", "per channel"
			if l.Sensitivity > 0 {
				sensitivity, step = fmt.Sprintf("%.2g", l.Sensitivity), fmt.Sprintf("%.3f", l.Step)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t\n", l.Name, sensitivity, step, number(l.Bytes))
		}
		if err := w.Flush(); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "\n%s: %s bytes, labels apart; on the %d calibration pictures the likeliest class is float32's for %.1f %%, KL divergence %.4f\n",
			out, number(report.Bytes), len(pictures), 100*report.Same, report.KL)
		if sizes == nil {
			return nil
		}

		reports := []quantize.Report{*report}
		for _, size := range sizes {
			doing = number(size) + " bytes: "
			_, report, err := calibrated.Quantise(size)
			if err != nil { // too small: the model is there, and so are the larger sizes
				fmt.Fprintln(s.err, "squeezenet: left out of the table:", err)
				continue
			}
			reports = append(reports, *report)
		}
		slices.SortFunc(reports, func(a, b quantize.Report) int { return cmp.Compare(b.Bytes, a.Bytes) })
		// All sizes beyond 7 bits a weight give the same model.
		reports = slices.CompactFunc(reports, func(a, b quantize.Report) bool { return a.Bytes == b.Bytes })
		fmt.Fprintln(s.out)
		fmt.Fprintln(w, "bytes, labels apart\tsame class as float32\tKL divergence\t")
		for _, r := range reports {
			fmt.Fprintf(w, "%s\t%.1f %%\t%.4f\t\n", number(r.Bytes), 100*r.Same, r.KL)
		}
		if err := w.Flush(); err != nil {
			return err
		}
		if err := writeWhole(*curve, sizeCurve(reports)); err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "%s: the table as a curve\n", *curve)
		return err
	}
}

// calibration reads a folder's pictures, resized and not yet cropped.
func calibration(dir string, p picture.Pipeline, s streams) ([]quantize.Picture, error) {
	files, err := picturesIn(dir)
	if err != nil {
		return nil, err
	}
	p.Crop = p.Resize
	var pictures []quantize.Picture
	var r picture.Resizer
	bar := newBar(s.err, len(files), "pictures")
	for _, file := range files {
		data, err := readFile(file, nil)
		var rgb []uint8
		if err == nil {
			var decoded *decode.Picture
			if decoded, err = decode.Decode(data); err == nil {
				rgb, err = decoded.Crop(&r, p, p.Fit)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		pictures = append(pictures, quantize.Picture{RGB: slices.Clone(rgb), H: p.Crop, W: p.Crop})
		_ = bar.Add(1)
	}
	return pictures, bar.Finish()
}

// sizeCurve draws the share of answers that stay the same over the size, as SVG.
func sizeCurve(reports []quantize.Report) []byte {
	const width, height, left, top, bottom = 640, 360, 60, 30, 50
	least := 1.0
	for _, r := range reports {
		least = min(least, r.Same)
	}
	least = float64(int(least*20)) / 20
	x := func(bytes int) float64 { return left + (width-2*left)*float64(bytes)/1_400_000 }
	y := func(same float64) float64 { return top + (height-top-bottom)*(1-same)/max(0.05, 1-least) }
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" fill="#333">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	for i := range 6 {
		same := 1 - float64(i)/5*max(0.05, 1-least)
		fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%.0f %%</text>`+"\n", left, y(same), width-left, left-6, y(same)+4, 100*same)
	}
	for kb := 0; kb <= 1400; kb += 200 {
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%d kB</text>`, x(1000*kb), height-bottom+18, kb)
	}
	fmt.Fprintf(&b, "\n"+`<text x="%d" y="18">pictures whose likeliest class is that of float32</text>`, left)
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">model file, labels apart</text><polyline fill="none" stroke="#0072b2" stroke-width="2" points="`, width/2, height-10)
	for _, r := range reports {
		fmt.Fprintf(&b, "%.1f,%.1f ", x(r.Bytes), y(r.Same))
	}
	fmt.Fprint(&b, `"/>`)
	for _, r := range reports {
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3" fill="#0072b2"/>`, x(r.Bytes), y(r.Same))
	}
	fmt.Fprint(&b, "</svg>\n")
	return b.Bytes()
}
