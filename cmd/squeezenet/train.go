package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"squeezenet/train"
)

func setupTrain(flags *flag.FlagSet) func(s streams, args []string) error {
	model := addModelFlags(flags)
	dir := flags.String("classes", "", "`DIR` with a folder of pictures for each class, named as the class")
	seed := flags.Uint64("seed", 1, "seed of the random numbers: the same pictures and seed give the same model")
	return func(s streams, args []string) error {
		if *dir == "" || len(args) != 1 {
			return usageError("--classes DIR and one file to write were expected")
		}
		out := args[0]
		if filepath.Ext(out) != ".sqz" {
			return usageError(fmt.Sprintf("%s: a model's name ends in .sqz", out))
		}
		if err := checkFolders(out); err != nil {
			return err
		}
		base, err := model.load()
		if err != nil {
			return err
		}
		classes, files, err := classFolders(*dir)
		if err != nil {
			return err
		}
		classOf := map[string]int{}
		var all []string
		counts := make([]int, len(classes))
		for class, inside := range files {
			for _, file := range inside {
				classOf[file] = class
			}
			all = append(all, inside...)
			counts[class] = len(inside)
		}
		if err := train.Check(classes, counts); err != nil {
			return fmt.Errorf("%s: %w", *dir, err)
		}

		var examples []train.Example
		var shown []string // their files
		bar := newBar(s.err, len(all), "pictures")
		_, err = runAll(base, all, nil, train.Features, func(r result[[]float32]) {
			if r.err != nil {
				_ = bar.Clear()
				fmt.Fprintf(s.err, "squeezenet: left out: %s\n", r.failure())
				return
			}
			examples = append(examples, train.Example{Features: r.value, Class: classOf[r.file]})
			shown = append(shown, r.file)
			_ = bar.Add(1)
		})
		_ = bar.Finish()
		if err != nil {
			return err
		}
		t, err := train.New(classes, examples, *seed)
		if err != nil {
			return err
		}
		const steps = 1000
		bar = newBar(s.err, steps, "steps")
		for t.Step() {
			_ = bar.Set(int(steps * t.Progress()))
		}
		_ = bar.Finish()
		m, err := t.Head().Model(base)
		if err != nil {
			return err
		}
		if err := writeModel(out, m); err != nil {
			return err
		}
		report := t.Report()
		curve := strings.TrimSuffix(out, ".sqz") + ".svg"
		if err := writeWhole(curve, learningCurve(report)); err != nil {
			return err
		}
		right, of := report.Accuracy()
		left := ""
		if n := len(all) - len(examples); n > 0 {
			left = fmt.Sprintf(" (%d left out)", n)
		}
		fmt.Fprintf(s.out, "%s: %d classes from %d pictures%s\n%s: the learning curve\n\nheld back, five times a fifth: %s right\n\n",
			out, len(classes), len(examples), left, curve, share(right, of))
		if err := printConfusion(s.out, classes, report.Confusion); err != nil {
			return err
		}
		return printMistakes(s.out, classes, examples, shown, report.Answers)
	}
}

// printConfusion prints for each class how many of its pictures were taken for which; more classes
// than fit side by side have numbers above the columns.
func printConfusion(out io.Writer, classes []string, confusion [][]int) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	rows, columns := slices.Clone(classes), classes
	if len(strings.Join(classes, "  ")) > 90 {
		columns = nil
		for i := range classes {
			columns = append(columns, strconv.Itoa(i+1))
			rows[i] += " " + columns[i]
		}
	}
	fmt.Fprintln(w, "is \\ taken for\t"+strings.Join(columns, "\t")+"\t")
	for i, row := range confusion {
		fmt.Fprint(w, rows[i], "\t")
		for _, n := range row {
			fmt.Fprint(w, n, "\t")
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// printMistakes names the pictures that were most surely taken for another class: those that may lie in
// the wrong folder.
func printMistakes(out io.Writer, classes []string, examples []train.Example, files []string, answers []train.Answer) error {
	var wrong []int
	for i, a := range answers {
		if a.Class != examples[i].Class {
			wrong = append(wrong, i)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.SortStableFunc(wrong, func(i, j int) int { return cmp.Compare(answers[j].Probability, answers[i].Probability) })
	fmt.Fprintln(out, "\nmost surely taken for another class:")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, i := range wrong[:min(5, len(wrong))] {
		fmt.Fprintf(w, "%s\t%s, %.1f %%\n", files[i], classes[answers[i].Class], 100*answers[i].Probability)
	}
	return w.Flush()
}

// classFolders lists the folders of dir, which name the classes, and the pictures in each.
func classFolders(dir string) (classes []string, files [][]string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		info, err := os.Stat(path) // of what a link leads to
		if err != nil {
			return nil, nil, err
		}
		if !info.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		inside, err := picturesIn(path)
		if err != nil {
			return nil, nil, err
		}
		classes, files = append(classes, e.Name()), append(files, inside)
	}
	if len(classes) == 0 {
		return nil, nil, errors.New(dir + ": there is no folder in it: make one for each class and put its pictures there")
	}
	return classes, files, nil
}

// learningCurve draws the losses and the accuracy over the epochs as SVG.
func learningCurve(r train.Report) []byte {
	const width, height, left, top, bottom = 640, 360, 50, 30, 40
	most := 0.0
	for _, p := range r.Curve {
		most = max(most, p.Training, p.HeldBack)
	}
	x := func(epoch int) float64 {
		return left + float64(width-2*left)*float64(epoch)/float64(max(1, len(r.Curve)-1))
	}
	y := func(share float64) float64 { return top + (height-top-bottom)*(1-share) }
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" fill="none" stroke-width="2">`+"\n", width, height)
	fmt.Fprintf(&b, "<title>Learning curve: %d epochs, the best on held-back pictures is %d</title>\n", len(r.Curve), r.Epochs)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	for i := range 5 {
		at := float64(i) / 4
		fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="#ddd" stroke-width="1"/>`, left, y(at), width-left)
		fmt.Fprintf(&b, `<text x="%d" y="%.1f" fill="#333" text-anchor="end">%.2f</text>`, left-6, y(at)+4, at*most)
		fmt.Fprintf(&b, `<text x="%d" y="%.1f" fill="#333">%d %%</text>`+"\n", width-left+6, y(at)+4, 25*i)
	}
	for i, line := range []struct {
		name, colour string
		share        func(train.Point) float64
	}{
		{"loss, trained on", "#0072b2", func(p train.Point) float64 { return p.Training / most }},
		{"loss, held back", "#d55e00", func(p train.Point) float64 { return p.HeldBack / most }},
		{"right, held back", "#009e73", func(p train.Point) float64 { return p.Accuracy }},
	} {
		fmt.Fprintf(&b, `<text x="%d" y="18" fill="%s">%s</text><polyline stroke="%s" points="`, left+150*i, line.colour, line.name, line.colour)
		for epoch, p := range r.Curve {
			fmt.Fprintf(&b, "%.1f,%.1f ", x(epoch), y(line.share(p)))
		}
		fmt.Fprint(&b, `"/>`+"\n")
	}
	fmt.Fprintf(&b, `<path d="M%.1f %dV%d" stroke="#999" stroke-dasharray="4"/>`, x(max(0, r.Epochs-1)), top, height-bottom)
	fmt.Fprintf(&b, `<text x="%d" y="%d" fill="#333">epochs 1 to %d; the dashed line is the best on held-back pictures, %d, where the classifier stopped</text></svg>`+"\n", left, height-12, len(r.Curve), r.Epochs)
	return b.Bytes()
}
