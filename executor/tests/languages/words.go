// Counts words, as words.py does.
package main

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"sort"
	"strconv"
	"time"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	least, err := strconv.Atoi(os.Args[1])
	check(err)
	data, err := os.Open(os.Getenv("TALKA_DATASET"))
	check(err)
	counts := map[string]int{}
	scanner := bufio.NewScanner(data)
	scanner.Split(bufio.ScanWords)
	for scanner.Scan() {
		counts[scanner.Text()]++
	}
	check(scanner.Err())
	words := make([]string, 0, len(counts))
	sums := make(chan [2]float64)
	go func() {
		var sum, squares float64
		for _, count := range counts {
			sum += float64(count)
			squares += float64(count) * float64(count)
		}
		sums <- [2]float64{sum, squares}
	}()
	for word := range counts {
		words = append(words, word)
	}
	sort.Slice(words, func(a, b int) bool {
		one, other := counts[words[a]], counts[words[b]]
		return one > other || one == other && words[a] < words[b]
	})

	scratch, err := os.CreateTemp("", "counts")
	check(err)
	for _, word := range words {
		if counts[word] >= least {
			fmt.Fprintln(scratch, word, counts[word])
		}
	}
	check(scratch.Close())
	check(os.Mkdir("/out/counts", 0o777))
	content, err := os.ReadFile(scratch.Name())
	check(err)
	check(os.WriteFile("/out/counts/words.txt", content, 0o666))
	check(os.Chtimes("/out/counts/words.txt", time.Unix(1, 0), time.Unix(1, 0)))
	both := <-sums
	mean := both[0] / float64(len(words))
	fmt.Printf("mean %.6f deviation %.6f\n", mean, math.Sqrt(both[1]/float64(len(words))-mean*mean))

	check(os.WriteFile("notes.txt", []byte("a relative path"), 0o666))
	note, err := os.ReadFile("notes.txt")
	check(err)
	fmt.Println(string(note))
	entries, err := os.ReadDir("/out/counts")
	check(err)
	for _, entry := range entries {
		fmt.Println(entry.Name())
	}
	fmt.Fprintln(os.Stderr, len(words), "words")
	if len(os.Args) > 2 {
		code, err := strconv.Atoi(os.Args[2])
		check(err)
		os.Exit(code)
	}
}
