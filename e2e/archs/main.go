// Command archs prints the layers of every architecture known to the engine, for 227 pixels and the number
// of classes given, as JSON: what layers() gives of a model of that architecture.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"squeezenet/squeezenet"
)

type layer struct {
	Name       string          `json:"name"`
	Kind       squeezenet.Kind `json:"kind"`
	Inputs     []string        `json:"inputs"`
	Shape      [3]int          `json:"shape"`
	Parameters int             `json:"parameters"`
	MACs       int             `json:"macs"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "archs:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("%d arguments; expected the number of classes", len(args))
	}
	classes, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	all := map[string][]layer{}
	for _, a := range squeezenet.Archs {
		described, err := a.Describe(227, 227, classes, false)
		if err != nil {
			return err
		}
		for _, d := range described {
			all[a.Name] = append(all[a.Name], layer{d.Name, d.Kind, append([]string{}, d.Inputs...), [3]int{d.Shape.H, d.Shape.W, d.Shape.C}, d.Parameters, d.MACs})
		}
	}
	return json.NewEncoder(os.Stdout).Encode(all)
}
