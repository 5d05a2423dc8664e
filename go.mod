module squeezenet

go 1.26
