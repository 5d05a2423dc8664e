package train

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"squeezenet/internal/testref"
	"squeezenet/picture"
	"squeezenet/picture/decode"
	"squeezenet/squeezenet"
	"squeezenet/weights/shipped"
)

// groups are classes made of ImageNet's, one picture of each.
var groups = []struct{ name, members string }{
	{"birds", "brambling robin water_ouzel black_grouse quail lorikeet jacamar black_swan flamingo limpkin red-backed_sandpiper king_penguin"},
	{"dogs", "Shih-Tzu Afghan_hound black-and-tan_coonhound Irish_wolfhound otterhound American_Staffordshire_terrier Norfolk_terrier Sealyham_terrier Boston_bull Tibetan_terrier flat-coated_retriever German_short-haired_pointer Brittany_spaniel Sussex_spaniel malinois Shetland_sheepdog German_shepherd Appenzeller French_bulldog Siberian_husky Leonberg chow toy_poodle"},
	{"vehicles", "airship bobsled container_ship fire_engine freight_car golfcart harvester lifeboat moped motor_scooter moving_van oxcart passenger_car schooner steam_locomotive tricycle unicycle warplane"},
	{"clothing", "academic_gown bikini bulletproof_vest chain_mail cowboy_hat football_helmet gasmask jersey knee_pad Loafer miniskirt pickelhaube poncho running_shoe sarong"},
	{"reptiles", "European_fire_salamander bullfrog mud_turtle American_chameleon Gila_monster American_alligator green_snake night_snake sea_snake"},
	{"food", "consomme French_loaf mashed_potato spaghetti_squash bell_pepper orange jackfruit chocolate_sauce burrito"},
	{"arthropods", "harvestman black_widow fiddler_crab hermit_crab tiger_beetle dung_beetle ant mantis damselfly sulphur_butterfly"},
	{"mammals", "koala sea_lion white_wolf African_hunting_dog grey_fox Egyptian_cat jaguar American_black_bear wood_rabbit fox_squirrel zebra ox ibex llama otter orangutan guenon colobus titi Indian_elephant"},
}

func groupFeatures(t *testing.T) (all []Example) {
	t.Helper()
	dir := testref.Shared(t, "imagenet200")
	n, err := squeezenet.New(shipped.Load(shipped.F32), squeezenet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var r picture.Resizer
	for class, g := range groups {
		for _, member := range strings.Fields(g.members) {
			files, err := filepath.Glob(filepath.Join(dir, "n????????_"+member+".JPEG"))
			if err != nil || len(files) != 1 {
				t.Fatalf("%s: %d files, expected 1", member, len(files))
			}
			p, err := decode.Decode(testref.ReadFile(t, files[0]))
			if err != nil {
				t.Fatal(err)
			}
			rgb, err := p.Crop(&r, picture.Caffe, picture.Squash)
			if err == nil {
				err = n.Run(rgb, picture.Caffe.Crop, picture.Caffe.Crop)
			}
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, Example{Features(n), class})
		}
	}
	return all
}

// On real pictures the training must reach what a logistic regression gets on pictures that neither
// saw: the same five folds, several draws of them. The regression is a plain one, all pictures at
// once to the minimum, with the penalty that scikit-learn has by default (C = 1).
func TestReachesLogisticRegression(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	examples := groupFeatures(t)
	var total, twinTotal float64
	for _, classes := range [][]int{{0, 1, 2}, {0, 1, 2, 3}, {1, 7}, {0, 1, 2, 3, 4, 5, 6, 7}} {
		var names []string
		var some []Example
		for i, class := range classes {
			names = append(names, groups[class].name)
			for _, e := range examples {
				if e.Class == class {
					some = append(some, Example{e.Features, i})
				}
			}
		}
		var right, twinRight, of int
		var loss, twinLoss float64
		const draws = 3
		for seed := range uint64(draws) {
			tr, err := New(names, some, seed)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range tr.runs {
				r, l := regression(some, d.training, d.held, len(names))
				twinRight += r
				twinLoss += l / float64(draws*len(some))
			}
			for tr.Step() {
			}
			report := tr.Report()
			r, n := report.Accuracy()
			right, of = right+r, of+n
			loss += report.Curve[report.Epochs-1].HeldBack / draws
		}
		t.Logf("%v, %d pictures, %d draws of folds: %.2f %% right, loss %.3f; logistic regression %.2f %%, %.3f", names, len(some), draws,
			100*float64(right)/float64(of), loss, 100*float64(twinRight)/float64(of), twinLoss)
		// A picture a draw is the grain of such a figure.
		if right < twinRight-draws {
			t.Errorf("%v: %d of %d held-back pictures are told rightly, a logistic regression tells %d", names, right, of, twinRight)
		}
		total, twinTotal = total+loss, twinTotal+twinLoss
	}
	if total > twinTotal {
		t.Errorf("the loss on held-back pictures is %v over all sets of classes, a logistic regression has %v", total, twinTotal)
	}
}

// regression is logistic regression with the penalty |w|^2/2 beside the sum of losses on standardised
// features. Its weights are sums of pictures, w(c) = sum_i alpha(i,c) z(i), so that gradient descent
// needs their inner products alone. It returns how many of the others it tells rightly, and the sum
// of their losses.
func regression(examples []Example, training, held []int, classes int) (right int, loss float64) {
	n, features := len(training), len(examples[0].Features)
	mean, deviation := make([]float64, features), make([]float64, features)
	for k := range features {
		for _, i := range training {
			mean[k] += float64(examples[i].Features[k]) / float64(n)
		}
		for _, i := range training {
			e := float64(examples[i].Features[k]) - mean[k]
			deviation[k] += e * e / float64(n)
		}
		deviation[k] = math.Sqrt(deviation[k])
	}
	inner := func(i, j int) (sum float64) {
		for k := range features {
			sum += float64(examples[i].Features[k]-float32(mean[k])) * float64(examples[j].Features[k]-float32(mean[k])) / (deviation[k] * deviation[k])
		}
		return sum
	}
	gram := make([]float64, n*n)
	steepest := 0.0 // a bound of the second derivative, the largest row's sum
	for a, i := range training {
		row := 0.0
		for b, j := range training {
			gram[a*n+b] = inner(i, j)
			row += math.Abs(gram[a*n+b]) + 1
		}
		steepest = max(steepest, row)
	}
	rate := 1 / (0.5*steepest + 1)
	alpha, bias := make([]float64, n*classes), make([]float64, classes)
	speed, biasSpeed := make([]float64, n*classes), make([]float64, classes) // heavy ball
	delta, logits := make([]float64, n*classes), make([]float64, classes)
	change := math.Inf(1)
	for round := 0; change > 1e-4; round++ {
		if round == 20_000 {
			panic("the regression does not come to rest")
		}
		change = 0
		for a, i := range training {
			copy(logits, bias)
			for b := range training {
				for c := range classes {
					logits[c] += gram[a*n+b] * alpha[b*classes+c]
				}
			}
			crossEntropy(logits, examples[i].Class)
			copy(delta[a*classes:], logits)
		}
		for c := range classes {
			sum := 0.0
			for a := range training {
				g := delta[a*classes+c]
				sum += g
				g += alpha[a*classes+c]
				speed[a*classes+c] = 0.95*speed[a*classes+c] - rate*g
				alpha[a*classes+c] += speed[a*classes+c]
				change = max(change, math.Abs(g))
			}
			biasSpeed[c] = 0.95*biasSpeed[c] - rate*sum
			bias[c] += biasSpeed[c]
		}
	}
	for _, i := range held {
		copy(logits, bias)
		for b, j := range training {
			v := inner(i, j)
			for c := range classes {
				logits[c] += v * alpha[b*classes+c]
			}
		}
		best := 0
		for c, l := range logits {
			if l > logits[best] {
				best = c
			}
		}
		if best == examples[i].Class {
			right++
		}
		loss += crossEntropy(logits, examples[i].Class)
	}
	return right, loss
}
