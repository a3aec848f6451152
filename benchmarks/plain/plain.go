// Each kernel as a plain program: no units, no contract. Usage: plain KERNEL NUMBER [FILE]; prints ns and result.

package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"
)

func primes(limit int64) int64 {
	var count int64
next:
	for number := int64(2); number < limit; number++ {
		if number%2 == 0 {
			if number == 2 {
				count++
			}
			continue
		}
		for divisor := int64(3); divisor*divisor <= number; divisor += 2 {
			if number%divisor == 0 {
				continue next
			}
		}
		count++
	}
	return count
}

func nqueens(full, columns, left, right uint32) int64 {
	if columns == full {
		return 1
	}
	var count int64
	for free := full &^ (columns | left | right); free != 0; free &= free - 1 {
		queen := free & -free
		count += nqueens(full, columns|queen, (left|queen)<<1, (right|queen)>>1)
	}
	return count
}

func mandelbrot(size int64) int64 {
	var count int64
	for y := range size {
		ci := 2*float64(y)/float64(size) - 1
	next:
		for x := range size {
			cr := 2*float64(x)/float64(size) - 1.5
			zr, zi := 0.0, 0.0
			for range 50 {
				zr, zi = zr*zr-zi*zi+cr, 2*zr*zi+ci
				if zr*zr+zi*zi > 4 {
					continue next
				}
			}
			count++
		}
	}
	return count
}

func matmul(a [][]float64) int64 {
	n := len(a)
	columns, product := make([][]float64, n), make([][]float64, n)
	for j := range columns {
		columns[j] = make([]float64, n)
		for i := range a {
			columns[j][i] = a[i][j]
		}
	}
	for i, row := range a {
		product[i] = make([]float64, n)
		for j, column := range columns {
			number := 0.0
			for k, x := range row {
				number += x * column[k]
			}
			product[i][j] = number
		}
	}
	return int64(math.Floor(product[n/2][n/2]*1e6 + 0.5))
}

func hash(count int64) int64 {
	var found uint64
	buffer := make([]byte, 16_384)
	for number := range uint64(count) {
		for i := 0; i < len(buffer); i += 8 {
			binary.LittleEndian.PutUint64(buffer[i:], number)
		}
		digest := sha256.Sum256(buffer)
		found ^= binary.LittleEndian.Uint64(digest[:]) & (1<<48 - 1)
	}
	return int64(found)
}

func wordcount(text string) int64 {
	counts := map[string]uint64{}
	for _, word := range strings.Fields(text) {
		counts[word]++
	}
	var result uint64
	for word, count := range counts {
		var hash uint64
		for i := range len(word) {
			hash = (hash<<8 | uint64(word[i])) % (1<<31 - 1)
		}
		result += hash * count * count
	}
	return int64(result % (1 << 53))
}

func main() {
	n, _ := strconv.ParseInt(os.Args[2], 10, 64)
	a := make([][]float64, n)
	var text string
	switch os.Args[1] {
	case "matmul":
		for i := range n {
			for j := range n {
				a[i] = append(a[i], float64((i-j)*(i+j))/float64(n*n))
			}
		}
	case "wordcount":
		read, _ := os.ReadFile(os.Args[3])
		text = string(read)
	}
	begin := time.Now()
	result := map[string]func() int64{
		"primes":     func() int64 { return primes(n) },
		"nqueens":    func() int64 { return nqueens(1<<n-1, 0, 0, 0) },
		"mandelbrot": func() int64 { return mandelbrot(n) },
		"matmul":     func() int64 { return matmul(a) },
		"hash":       func() int64 { return hash(n) },
		"wordcount":  func() int64 { return wordcount(text) },
	}[os.Args[1]]()
	fmt.Println(time.Since(begin).Nanoseconds(), result)
}
