package main

import (
	"flag"
	"fmt"
	"os"
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
		t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(t, "layer\tkernel\tin\tout\tweights\t")
		total := 0
		for _, c := range m.Convs {
			n := c.KH * c.KW * c.In * c.Out
			fmt.Fprintf(t, "%s\t%dx%d\t%d\t%d\t%s\t\n", c.Name, c.KH, c.KW, c.In, c.Out, number(n))
			total += n
		}
		fmt.Fprintf(t, "total\t\t\t\t%s\t\n", number(total))
		return t.Flush()
	}
}
