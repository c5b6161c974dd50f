-- Links between the words' files become links between the pages.
function Link(link)
  if not link.target:match("^%a+:") then
    link.target = link.target:gsub("%.qmd$", ".html"):gsub("%.qmd#", ".html#")
  end
  return link
end
