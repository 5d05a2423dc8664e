package main

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"squeezenet/squeezenet"
)

func setupDescribe(flags *flag.FlagSet) func(s streams, args []string) error {
	var names []string
	for _, a := range squeezenet.Archs {
		names = append(names, a.Name)
	}
	name := flags.String("arch", "squeezenet1_1", "`NAME`: "+strings.Join(names, ", "))
	size := flags.Int("size", 227, "the input's sides, `N` pixels")
	classes := flags.Int("classes", 1000, "how many classes, `N`")
	floor := flags.Bool("floor", false, "round the pools' sizes down, as the article's TensorFlow code does, not up as Caffe")
	return func(s streams, args []string) error {
		if len(args) > 0 {
			return usageError(fmt.Sprintf("%q: no argument was expected", args[0]))
		}
		if *classes < 1 {
			return usageError(fmt.Sprintf("--classes %d: 1 or more was expected", *classes))
		}
		a, err := squeezenet.Lookup(*name)
		if err != nil {
			return usageError(err.Error())
		}
		layers, err := a.Describe(*size, *size, *classes, *floor)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s, input %dx%dx3, %s classes\n\n", a.Title, *size, *size, number(*classes))
		t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(t, "layer\toutput\tparameters\tMACs\tbytes (float32)\t")
		parameters, macs := 0, 0
		for _, l := range layers {
			fmt.Fprintf(t, "%s\t%v\t%s\t%s\t%s\t\n", l.Name, l.Shape, number(l.Parameters), number(l.MACs), number(4*l.Parameters))
			parameters += l.Parameters
			macs += l.MACs
		}
		fmt.Fprintf(t, "total\t\t%s\t%s\t%s\t\n", number(parameters), number(macs), number(4*parameters))
		if err := t.Flush(); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "\n%.1f MMAC (million multiply-adds). AlexNet has %s parameters, %.1f times as many.\n",
			float64(macs)/1e6, number(squeezenet.AlexNetParameters), float64(squeezenet.AlexNetParameters)/float64(parameters))

		channels := 0
		for _, l := range a.Layers {
			if l.Op == squeezenet.Fire {
				fire, plain := squeezenet.FireParameters(channels, l.Squeeze, l.Expand1, l.Expand3)
				fmt.Fprintf(s.out, "%s: C*S1 + S1*(e1 + 9*e3) = %d*%d + %d*(%d + 9*%d) = %s weights; one 3x3 layer from %d to %d channels has %s, %.1f times as many.\n",
					l.Name, channels, l.Squeeze, l.Squeeze, l.Expand1, l.Expand3, number(fire), channels, l.Expand1+l.Expand3, number(plain), float64(plain)/float64(fire))
				break
			}
			if l.Op == squeezenet.Conv {
				channels = l.Out
			}
		}
		return nil
	}
}

// number writes n with commas between thousands.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
