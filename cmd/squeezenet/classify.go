package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"

	"squeezenet/squeezenet"
)

type jsonPrediction struct {
	Index       int     `json:"index"`
	WNID        string  `json:"wnid"`
	ClassName   string  `json:"className"`
	Probability float32 `json:"probability"`
}

type jsonResult struct {
	File        string           `json:"file"`
	Predictions []jsonPrediction `json:"predictions"`
	Ms          float64          `json:"ms"`
}

func setupClassify(flags *flag.FlagSet) func(s streams, args []string) error {
	model := addModelFlags(flags)
	asJSON := flags.Bool("json", false, "print one line of JSON for each picture")
	top := flags.Int("top", 5, "how many classes, `K`")
	return func(s streams, args []string) error {
		if len(args) == 0 {
			return usageError("no picture was given")
		}
		if *top < 1 {
			return usageError(fmt.Sprintf("--top %d: 1 or more was expected", *top))
		}
		m, err := model.load()
		if err != nil {
			return err
		}
		failed := false
		fail := func(line string) {
			failed = true
			fmt.Fprintln(s.err, "squeezenet:", line)
		}
		var files []string
		for _, arg := range args {
			if info, err := os.Stat(arg); arg == "-" || err != nil || !info.IsDir() {
				files = append(files, arg) // what cannot be read is said in its turn
				continue
			}
			inside, err := picturesIn(arg)
			if err != nil {
				fail(err.Error())
			}
			files = append(files, inside...)
		}
		printed := 0
		lines := json.NewEncoder(s.out)
		lines.SetEscapeHTML(false)
		var broken error
		predict := func(n *squeezenet.Network) []squeezenet.Prediction { return n.TopK(*top) }
		_, err = runAll(m, files, s.in, predict, func(r result[[]squeezenet.Prediction]) {
			if r.err != nil {
				fail(r.failure())
				return
			}
			ms := math.Round(float64(r.time.Microseconds())/10) / 100
			var err error
			if *asJSON {
				line := jsonResult{r.file, nil, ms}
				for _, p := range r.value {
					line.Predictions = append(line.Predictions, jsonPrediction(p))
				}
				err = lines.Encode(line)
			} else {
				if printed > 0 {
					fmt.Fprintln(s.out)
				}
				_, err = fmt.Fprintf(s.out, "%s  (%.1f ms)\n", r.file, ms)
				for _, p := range r.value {
					fmt.Fprintf(s.out, "%7.2f %%  %4d  %-9s  %s\n", 100*p.Probability, p.Index, p.WNID, p.ClassName)
				}
			}
			if broken == nil {
				broken = err
			}
			printed++
		})
		if err == nil {
			err = broken
		}
		if err == nil && failed {
			err = errSaid
		}
		return err
	}
}
