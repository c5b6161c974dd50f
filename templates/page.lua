-- Facts of the page that the template shows (title of the site, marks, labels): prepared beforehand.
function Meta(meta)
  local path = os.getenv("FJANALYSIS_CONTENT")
  if not path and quarto and quarto.project and quarto.project.directory then
    local root, input = quarto.project.directory, quarto.doc.input_file
    path = root .. "/.fjanalysis/content/" .. input:sub(#root + 2) .. ".json"
  end
  local file = path and io.open(path)
  if not file then return nil end
  local page = pandoc.json.decode(file:read("a")).page or {}
  file:close()
  for name, value in pairs(page) do meta[name] = value end
  return meta
end
