package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"time"

	"squeezenet/squeezenet"
)

var wordnetID = regexp.MustCompile(`^n[0-9]{8}`)

// classOf finds the WordNet id with which a file's name begins, or the nearest folder's above it.
func classOf(file string) string {
	for file != "." && file != string(filepath.Separator) {
		if id := wordnetID.FindString(filepath.Base(file)); id != "" {
			return id
		}
		file = filepath.Dir(file)
	}
	return ""
}

type evaluation struct {
	Pictures int     `json:"pictures"`
	Top1     int     `json:"top1"`
	Top5     int     `json:"top5"`
	Seconds  float64 `json:"seconds"`
	Workers  int     `json:"workers"`
}

func setupEval(flags *flag.FlagSet) func(s streams, args []string) error {
	model := addModelFlags(flags)
	asJSON := flags.Bool("json", false, "print the counts as JSON")
	return func(s streams, args []string) error {
		if len(args) != 1 {
			return usageError("one folder was expected")
		}
		m, err := model.load()
		if err != nil {
			return err
		}
		dir, err := filepath.Abs(args[0]) // so that the folder's own name counts
		if err != nil {
			return err
		}
		found, err := picturesIn(dir)
		if err != nil {
			return err
		}
		known := map[string]bool{}
		for _, l := range m.Labels {
			known[l.WNID] = true
		}
		failed := 0
		fail := func(line string) {
			failed++
			fmt.Fprintln(s.err, "squeezenet:", line)
		}
		var files []string
		for _, file := range found {
			switch id := classOf(file); {
			case id == "":
				fail(file + ": neither its name nor a folder's begins with a WordNet id (n and eight digits)")
			case !known[id]:
				fail(file + ": " + id + " is none of the model's classes")
			default:
				files = append(files, file)
			}
		}

		bar := newBar(s.err, len(files), "pictures")
		var e evaluation
		began := time.Now()
		predict := func(n *squeezenet.Network) []squeezenet.Prediction { return n.TopK(5) }
		e.Workers, err = runAll(m, files, nil, predict, func(r result[[]squeezenet.Prediction]) {
			if r.err != nil {
				_ = bar.Clear()
				fail(r.failure())
				return
			}
			e.Pictures++
			for i, p := range r.value {
				if p.WNID != classOf(r.file) {
					continue
				}
				if i == 0 {
					e.Top1++
				}
				e.Top5++
				break
			}
			_ = bar.Add(1)
		})
		_ = bar.Finish()
		if err != nil {
			return err
		}
		e.Seconds = time.Since(began).Seconds()
		if *asJSON {
			err = json.NewEncoder(s.out).Encode(e)
		} else if e.Pictures > 0 {
			_, err = fmt.Fprintf(s.out, "pictures  %d\ntop-1     %s\ntop-5     %s\nspeed     %.1f pictures/s with %d workers, decoding included\n",
				e.Pictures, share(e.Top1, e.Pictures), share(e.Top5, e.Pictures), float64(e.Pictures)/e.Seconds, e.Workers)
		}
		if err == nil && failed > 0 {
			fmt.Fprintf(s.err, "squeezenet: %d of %d pictures were left out\n", failed, len(found))
			err = errSaid
		}
		return err
	}
}

// share writes k of n with the 95 % interval of the share (Wilson's).
func share(k, n int) string {
	const z = 1.96
	p, m := float64(k)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return fmt.Sprintf("%d  %.1f %%  (95 %% interval %.1f to %.1f)", k, 100*p, 100*(middle-half), 100*(middle+half))
}
