package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"

	"squeezenet/weights"
)

func setupInspect(flags *flag.FlagSet) func(s streams, args []string) error {
	return func(s streams, args []string) error {
		if len(args) != 1 {
			return usageError("one model file was expected")
		}
		data, err := os.ReadFile(args[0])
		if err != nil {
			return err
		}
		m, err := weights.Read(data)
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		p := m.Pipeline
		order := "RGB"
		if p.BGR {
			order = "BGR"
		}
		fmt.Fprintf(s.out, "%s: %s bytes, id %s\n%s, %s, %s classes\n", args[0], number(len(data)), m.ID, m.Arch, precisionOf(m), number(len(m.Labels)))
		fmt.Fprintf(s.out, "input: %s to %d, crop %d, %s, (value - %v) * %v\n%s\n\n", p.Fit, p.Resize, p.Crop, order, p.Mean, p.Scale, m.Source)
		sections, err := weights.Sections(data)
		if err != nil {
			return err
		}
		stored := map[string]int{}
		layers := 0
		for _, section := range sections {
			stored[section.Name] = section.Bytes
		}
		t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(t, "layer\tkernel\tin\tout\tweights\tfrom\tto\tbytes\tbits a weight\t")
		total := 0
		for _, c := range m.Convs {
			n := c.KH * c.KW * c.In * c.Out
			from, to := "", ""
			if c.Codes != nil {
				from, to = fmt.Sprint(slices.Min(c.Codes)), fmt.Sprint(slices.Max(c.Codes))
			} else {
				from, to = fmt.Sprintf("%.3g", slices.Min(c.Kernel)), fmt.Sprintf("%.3g", slices.Max(c.Kernel))
			}
			bytes := stored[c.Name]
			fmt.Fprintf(t, "%s\t%dx%d\t%d\t%d\t%s\t%s\t%s\t%s\t%.2f\t\n", c.Name, c.KH, c.KW, c.In, c.Out, number(n), from, to, number(bytes), 8*float64(bytes)/float64(n))
			total += n
			layers += bytes
		}
		fmt.Fprintf(t, "all layers\t\t\t\t%s\t\t\t%s\t%.2f\t\n", number(total), number(layers), 8*float64(layers)/float64(total))
		fmt.Fprintf(t, "labels\t\t\t\t\t\t\t%s\t\t\n", number(stored["labels"]))
		fmt.Fprintf(t, "all else\t\t\t\t\t\t\t%s\t\t\n", number(len(data)-layers-stored["labels"]))
		return t.Flush()
	}
}
