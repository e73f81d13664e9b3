module Main where

import Total (total)

main :: IO ()
main = do
  (n : numbers) <- map read . words <$> getContents
  print (total (take n numbers))
